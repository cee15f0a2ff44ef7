#!/bin/sh
# Runs a command as the user of the units and in their folder: what it makes they can read, and relative paths mean the same. As root.
#   deploy/systemd/as-desk.sh fillwright keys list
set -eu
[ "$(id -u)" -eq 0 ] || { echo 'as-desk: run it as root' >&2; exit 2; }
[ "$#" -gt 0 ] || { echo 'usage: as-desk.sh command [argument…]' >&2; exit 2; }

umask 077
cd /var/lib/fillwright
export FILLWRIGHT_LOG_DIR=/var/log/fillwright PATH="/opt/fillwright/node_modules/.bin:$PATH:/usr/sbin:/sbin"
exec runuser -u fillwright -- "$@"
