#!/usr/bin/env bash
# Stops and removes the services and the program that install.sh copied. Configuration, keys, data and logs stay, unless told otherwise.
# As root; run it as often as you like.   deploy/systemd/uninstall.sh [--purge]
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

units=/etc/systemd/system
purge=''
case "${1:-}" in
  '') ;;
  --purge) purge=yes ;;
  *)
    echo "usage: uninstall.sh [--purge]" >&2
    exit 2
    ;;
esac
[ "$(id -u)" -eq 0 ] || { echo 'uninstall: run it as root' >&2; exit 2; }

# Traders first, the exchange last: who sends orders goes before who knows of them.
for pattern in 'fillwright-trader@*' 'trading_engine_*' 'fillwright-trading-engine@*' 'fillwright-position-server@*' \
  'fillwright-market-server@*' 'fillwright-exchange-simulator*'; do
  mapfile -t found < <(systemctl list-units --all --plain --no-legend "$pattern.service" "$pattern" | awk '{ print $1 }' | sort -u)
  [ "${#found[@]}" -eq 0 ] && continue
  systemctl stop "${found[@]}"
  # One that failed may still be known to systemd though its file is gone.
  systemctl disable --quiet "${found[@]}" 2>/dev/null || true
done
rm -rf "$units"/fillwright-*.service "$units"/fillwright-*.service.d "$units"/trading_engine_*.service
systemctl daemon-reload
systemctl reset-failed 'fillwright-*' 'trading_engine_*' 2>/dev/null || true
for tree in /opt/fillwright /opt/fillwright.old /opt/fillwright.new; do
  # A checkout may lie there, with data, logs and keys.
  if [ -e "$tree/.made-by-install.sh" ]; then
    rm -rf "$tree"
  elif [ -e "$tree" ]; then
    echo "uninstall: $tree stays, install.sh did not make it" >&2
  fi
done
if [ -n "$purge" ]; then
  rm -rf /etc/fillwright /var/lib/fillwright /var/log/fillwright
  getent passwd fillwright >/dev/null && userdel fillwright
  getent group fillwright >/dev/null && groupdel fillwright
fi
echo "removed${purge:+, with configuration, keys, data and logs}"
