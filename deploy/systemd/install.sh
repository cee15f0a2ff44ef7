#!/usr/bin/env bash
# Installs the desk as systemd services from a checkout in which `npm ci` ran: /opt/fillwright (program), /etc/fillwright (INI files, of the
# simulator unless told otherwise), /var/lib/fillwright (data, keys of the bus), /var/log/fillwright. Run it again after an upgrade, or when a
# key of an account was added: it changes only what differs. INI files stay; those that nobody changed give way to those of another --venue.
# As root.   deploy/systemd/install.sh [--venue simulator|testnet|live] [exchange…]        default: binance
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

checkout="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
target=/opt/fillwright
# In every tree that was made here. What does not have it, a checkout above all, is neither replaced nor removed.
mark=.made-by-install.sh
config=/etc/fillwright
units=/etc/systemd/system

fail() {
  echo "install: $1" >&2
  exit "${2:-1}"
}
venue=''
if [ "${1:-}" = --venue ]; then
  venue="${2:-}"
  case "$venue" in simulator | testnet | live) shift 2 ;; *) fail '--venue simulator, testnet or live' 2 ;; esac
fi
[ "$#" -gt 0 ] || set -- binance
[ "$(id -u)" -eq 0 ] || fail 'run it as root' 2
command -v systemctl >/dev/null && command -v systemd-notify >/dev/null || fail 'there is no systemd here' 2
for tree in "$target" "$target.old" "$target.new"; do
  [ ! -e "$tree" ] || [ -e "$tree/$mark" ] || [[ "$tree" == "$target" && "$checkout" -ef "$target" ]] ||
    fail "$tree is there, and was not made by install.sh: move it away first"
done
[ -x "$checkout/node_modules/.bin/node" ] || fail "run npm ci --omit=dev in $checkout first" 2
for exchange in "$@"; do
  [[ "$exchange" =~ ^[a-z][a-z0-9]*$ ]] || fail "$exchange is no exchange; in small letters, e.g. binance" 2
done

files=(trader.ini)
case "$venue" in '' | simulator) files+=(exchange_simulator.ini) ;; esac
for exchange in "$@"; do files+=("market_server_$exchange.ini" "trading_engine_$exchange.ini" "position_server_$exchange.ini"); done
# as_shipped <file>: nobody changed it, whatever venue it is for.
as_shipped() {
  local folder
  for folder in config config/testnet config/live; do
    if cmp -s "$checkout/$folder/$1" "$config/$1"; then return 0; fi
  done
  return 1
}
if [ -n "$venue" ]; then
  [ -d "$checkout/config" ] || fail "there is no $checkout/config: --venue is for a checkout"
  for file in "${files[@]}"; do
    # All or none: a desk half at one venue and half at another is worse than either.
    [ ! -e "$config/$file" ] || as_shipped "$file" ||
      fail "$config/$file was changed, so nothing is done: move it away for that of $venue, or leave out --venue"
  done
fi

getent group fillwright >/dev/null || groupadd --system fillwright
getent passwd fillwright >/dev/null ||
  useradd --system --gid fillwright --home-dir /var/lib/fillwright --no-create-home --shell /usr/sbin/nologin fillwright

install -d -m 750 -o root -g fillwright "$config"
install -d -m 700 -o root -g root "$config/secrets"
install -d -m 750 -o fillwright -g fillwright /var/lib/fillwright /var/log/fillwright
install -d -m 700 -o fillwright -g fillwright /var/lib/fillwright/keys
for file in "${files[@]}"; do
  case "$venue" in '' | simulator) from="$checkout/config/$file" ;; *) from="$checkout/config/$venue/$file" ;; esac
  [ -z "$venue" ] && [ -e "$config/$file" ] && continue
  [ -e "$from" ] || fail "there is no $from"
  install -m 640 -o root -g fillwright "$from" "$config/"
done

# Data of the units as they were: an engine that began without them would have forgotten its orders.
for exchange in "$@"; do
  old="/var/lib/fillwright/$exchange"
  folder="$(sed -n 's/^JOURNAL_DIR *= *//p' "$config/trading_engine_$exchange.ini" | tail -n 1)"
  data="/var/lib/fillwright/${folder:-data}"
  [ ! -e "$old" ] || [ -e "$data/$exchange" ] ||
    fail "data lie in $old, where no unit looks any more. Stop the desk, then: install -d -m 750 -o fillwright -g fillwright $data && mv $old $data/"
done

# The tree is kept whole: Node strips no types inside a real node_modules folder. Beside the old one first, then swapped: what runs has
# loaded its code, what starts finds one version or the other. The same once more is no upgrade: the release before stays beside it.
if ! [ "$checkout" -ef "$target" ]; then
  rm -rf "$target.new"
  mkdir -p "$target.new/deploy"
  touch "$target.new/$mark"
  # By name: everybody may read what is here, and beside it in a checkout lie secrets, keys and INI files with keys of accounts.
  for part in package.json package-lock.json LICENSE packages node_modules docs deploy/systemd; do
    [ -e "$checkout/$part" ] && cp -a "$checkout/$part" "$target.new/$part"
  done
  chown -R root:root "$target.new"
  chmod -R u=rwX,go=rX "$target.new"
  if diff -rq --no-dereference "$target.new" "$target" >/dev/null 2>&1; then
    rm -rf "$target.new"
  else
    rm -rf "$target.old"
    [ -e "$target" ] && mv "$target" "$target.old"
    mv "$target.new" "$target"
  fi
fi

install -m 644 "$target"/deploy/systemd/*.service "$units/"
# Ever longer pauses between restarts, where systemd knows how (254). Not longer than half a minute: it counts the restarts until somebody
# stops the service, so the sixth crash in a year waits as long as the sixth in a row.
version="$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')"
for unit in "$units"/fillwright-*.service; do
  if [ "$version" -ge 254 ]; then
    mkdir -p "$unit.d"
    printf '[Service]\nRestartSec=2\nRestartSteps=6\nRestartMaxDelaySec=30\n' >"$unit.d/back-off.conf"
  else
    rm -f "$unit.d/back-off.conf"
  fi
done
for exchange in "$@"; do
  # The keys of the account, when there are any: root's files, of which the engine alone sees copies.
  drop="$units/fillwright-trading-engine@$exchange.service.d"
  if [ -e "$config/secrets/${exchange}_api_key" ] && [ -e "$config/secrets/${exchange}_api_secret" ]; then
    mkdir -p "$drop"
    {
      echo '[Service]'
      for part in api_key api_secret; do
        echo "LoadCredential=$part:$config/secrets/${exchange}_$part"
        echo "Environment=${exchange^^}_${part^^}_FILE=%d/$part"
      done
    } >"$drop/keys.conf"
    chmod 600 "$config/secrets/${exchange}_api_key" "$config/secrets/${exchange}_api_secret"
    if grep -qE '^HTTP_BASE_URL *= *http://(127|localhost)' "$config/trading_engine_$exchange.ini"; then
      echo "install: there are keys of $exchange, but trading_engine_$exchange.ini is for the simulator: --venue testnet" >&2
    fi
  else
    rm -rf "$drop/keys.conf"
  fi
  # The documented name. systemd takes no plain name as an alias of an instance, so it is a unit that stands and falls with the engine.
  sed "s/%EXCHANGE%/$exchange/g" "$target/deploy/systemd/trading_engine.alias" >"$units/trading_engine_$exchange.service"
done
systemctl daemon-reload
echo "installed for $*: check the files in $config, then"
echo "  systemctl enable --now fillwright-market-server@$1 fillwright-position-server@$1 trading_engine_$1 fillwright-trader@trader"
