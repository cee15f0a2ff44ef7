#!/bin/sh
# Runs a process of the desk as pid 1, so that it gets the signals itself. A folder for logs that belongs to somebody else (Docker makes a
# missing one for root) must not keep an engine from its orders: logs go beside the data then, and this says so.
set -eu
if [ ! -w "${FILLWRIGHT_LOG_DIR:-/app/logs}" ]; then
  export FILLWRIGHT_LOG_DIR=/app/data/logs
  echo "entrypoint: logs/ is not writable for user $(id -u); logs go to data/logs. To have them in logs/: sudo chown $(id -u) logs, then start again" >&2
fi
exec "$@"
