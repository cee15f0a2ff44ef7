#!/bin/sh
# Runs a process of the desk as pid 1, so that it gets the signals itself. A folder for logs that belongs to somebody else (Docker makes a
# missing one for root) must not keep an engine from its orders: logs go beside the data then, and this says so.
set -eu
if [ ! -w "${FILLWRIGHT_LOG_DIR:-/app/logs}" ]; then
  export FILLWRIGHT_LOG_DIR=/app/data/logs
  echo "entrypoint: logs/ is not writable for user $(id -u); logs go to data/logs. To have them in logs/: sudo chown $(id -u) logs, then start again" >&2
fi
# Memory that stays the same: the young generation of the heap has one size (packages/runtime/src/process/memory.ts).
export MALLOC_ARENA_MAX=16 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
program="/app/packages/tools/bin/${1:-}.mjs"
if [ -f "$program" ]; then
  shift
  exec node --min-semi-space-size=4 --max-semi-space-size=4 --no-memory-pool --no-memory-reducer --no-maglev --memory-saver-mode "$program" "$@"
fi
exec "$@"
