#!/usr/bin/env bash
# The tests of the deployment (test/deploy) on a real Docker engine: installs one from Debian's packages where there is none, starts it
# when none answers (and ends it afterwards), builds the images, runs the tests.   scripts/deploy-tests.sh [smoke|all [option of Jest…]]
# Where no engine can run, it says why, and Jest counts what needs one as skipped.
set -uo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root" || exit 1
part="${1:-smoke}"
case "$part" in smoke | all) ;; *) echo "usage: scripts/deploy-tests.sh [smoke|all [option of Jest…]]" >&2; exit 2 ;; esac
options=("${@:2}")
work="$(mktemp -d)"
launched=''
sudo=''
[ "$(id -u)" -eq 0 ] || sudo='sudo -n'

# As root; the program `kill` is not on every machine, that of the shell is.
root_kill() {
  # shellcheck disable=SC2086,SC2016 # no sudo is no word
  $sudo sh -c 'kill "$@"' kill "$@"
}

# What start_engine started, whether it ever answered or not.
end_engine() {
  [ -n "$launched" ] || return 0
  local pid
  pid="$(cat "$work/engine.pid" 2>/dev/null)" || pid="$launched"
  root_kill "$pid" 2>/dev/null
  timeout 30 tail --pid="$launched" -f /dev/null || root_kill -KILL "$pid"
  launched=''
}

finish() {
  local code=$?
  end_engine
  # shellcheck disable=SC2086
  $sudo rm -rf --one-file-system "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 143' TERM INT

run_tests() {
  FILLWRIGHT_DEPLOY_TESTS="$part" npm test -- --runInBand --verbose test/deploy "${options[@]}"
}

# skip <reason>: what needs no engine is tested all the same, the rest is counted as skipped.
skip() {
  echo "tests of the deployment skipped: $1"
  export FILLWRIGHT_DEPLOY_SKIPPED="$1"
  run_tests
  exit
}

missing=()
command -v dockerd >/dev/null || docker version >/dev/null 2>&1 || missing+=(docker.io)
command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1 || missing+=(docker-compose)
if [ "${#missing[@]}" -gt 0 ]; then
  command -v apt-get >/dev/null || skip "${missing[*]} not installed, and this is no Debian"
  # shellcheck disable=SC2086
  { $sudo apt-get update -q && $sudo apt-get install -q -y --no-install-recommends "${missing[@]}" iptables; } >"$work/apt.log" 2>&1 ||
    skip "cannot install ${missing[*]}: $(tail -n 1 "$work/apt.log")"
fi

# An engine that answers root alone, as the one that Debian starts when it is installed: this user has the group of its socket while the
# tests run, nobody else has, and nothing of it stays.
# shellcheck disable=SC2086
if [ -n "$sudo" ] && ! docker version >/dev/null 2>&1 && $sudo docker version >/dev/null 2>&1; then
  group="$(stat --format %g /var/run/docker.sock)" || group=0
  [ "$group" -ne 0 ] && [ -z "${FILLWRIGHT_SOCKET_LENT:-}" ] || skip "the Docker engine answers root alone, not $(id -un)"
  mapfile -d '' -t environment < <(env -0)
  $sudo setpriv --reuid="$(id -u)" --regid="$(id -g)" --groups="$(id -G | tr ' ' ','),$group" \
    env -i "${environment[@]}" FILLWRIGHT_SOCKET_LENT=yes "$root/scripts/deploy-tests.sh" "$part" "${options[@]}"
  exit
fi

# start_engine [option…]: a docker engine of our own on the usual socket, which is this user's as long as the tests run.
start_engine() {
  # It tells its pid itself: $! is sudo's, and sudo passes no signal on that comes from its own process group.
  # shellcheck disable=SC2086,SC2016
  $sudo sh -c 'echo $$ >"$0" && exec dockerd "$@"' "$work/engine.pid" \
    --data-root "$work/docker" --pidfile "$work/dockerd.pid" --group "$(id -gn)" "$@" >"$work/dockerd.log" 2>&1 &
  launched=$!
  local waited
  for waited in $(seq 60); do
    docker version >/dev/null 2>&1 && return 0
    # By root: to anybody else it is not there or not his, and both are the same to `kill`.
    root_kill -0 "$launched" 2>/dev/null || break
    sleep 0.5
  done
  end_engine
  return 1
}
if ! docker version >/dev/null 2>&1; then
  start_engine || start_engine --storage-driver=vfs || skip "no Docker engine can run here: $(tail -n 1 "$work/dockerd.log")"
fi

base="${FILLWRIGHT_BASE:-node:26-bookworm-slim}"
if ! docker image inspect "$base" >/dev/null 2>&1 && ! timeout 20 docker pull -q "$base" >/dev/null 2>&1; then
  base='fillwright-base:bookworm'
  if ! docker image inspect "$base" >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    command -v debootstrap >/dev/null || $sudo apt-get install -q -y --no-install-recommends debootstrap >"$work/apt.log" 2>&1
    # shellcheck disable=SC2086
    $sudo scripts/base-image.sh "$base" || exit 1
  fi
fi
# The builder without BuildKit is everywhere, and only says that it is old.
export DOCKER_BUILDKIT=0
for target in fillwright trading_engine; do
  docker build -q -f deploy/Dockerfile --build-arg "BASE=$base" -t "$target" --target "$target" . >"$work/build.log" 2>&1 ||
    { tail -n 30 "$work/build.log"; exit 1; }
done
docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -E '^(fillwright|trading_engine):latest '

run_tests
