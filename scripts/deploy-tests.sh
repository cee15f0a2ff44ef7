#!/usr/bin/env bash
# The tests of the deployment (test/deploy) on a real Docker engine: installs one from Debian's packages where there is none, starts it
# when none answers (and ends it afterwards), builds the images, runs the tests.   scripts/deploy-tests.sh [smoke|all]
# Where no engine can run, it says why and counts as skipped: exit code 0.
set -uo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root" || exit 1
part="${1:-smoke}"
case "$part" in smoke | all) ;; *) echo "usage: scripts/deploy-tests.sh [smoke|all]" >&2; exit 2 ;; esac
work="$(mktemp -d)"
engine=''
sudo=''
[ "$(id -u)" -eq 0 ] || sudo='sudo -n'

finish() {
  local code=$?
  # shellcheck disable=SC2086 # no sudo is no word
  if [ -n "$engine" ]; then $sudo kill "$engine" && tail --pid="$engine" -f /dev/null; fi
  # shellcheck disable=SC2086
  $sudo rm -rf --one-file-system "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 143' TERM INT

skip() {
  echo "tests of the deployment skipped: $1"
  exit 0
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

# start_engine [option…]: a docker engine of our own on the usual socket, gone when the tests are.
start_engine() {
  # shellcheck disable=SC2086
  $sudo dockerd --data-root "$work/docker" --pidfile "$work/dockerd.pid" "$@" >"$work/dockerd.log" 2>&1 &
  local waited
  for waited in $(seq 60); do
    if docker version >/dev/null 2>&1; then
      # shellcheck disable=SC2086
      engine="$($sudo cat "$work/dockerd.pid")"
      return 0
    fi
    kill -0 $! 2>/dev/null || return 1
    sleep 0.5
  done
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

FILLWRIGHT_DEPLOY_TESTS="$part" npm test -- --runInBand test/deploy
