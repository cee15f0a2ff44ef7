# Sourced by the scripts beside it: named steps with a time limit, and a table of them at the end, also after a failure.
# The first failing step ends the run.

set -uo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root" || exit 1
scratch="$(mktemp -d)"
started=$SECONDS
rows=()
evidence=()

# What the machine must have besides git, node (20 or newer) and npm: `apt_install <package>…`.
apt_install() {
  [ $# -eq 0 ] && return 0
  local sudo=''
  [ "$(id -u)" -eq 0 ] || sudo='sudo'
  $sudo apt-get update -q && $sudo apt-get install -q -y --no-install-recommends "$@"
}

# step <name> <seconds allowed> <command> [argument…]
step() {
  local name="$1" limit="$2" from=$SECONDS code=0
  shift 2
  printf '\n=== %s: %s\n' "$name" "$*"
  limit_s="$limit" "$@" || code=$?
  local took=$((SECONDS - from))
  if [ "$code" -eq 0 ]; then
    rows+=("$(printf '✓ %-32s %5d s' "$name" "$took")")
    return
  fi
  local why="exit code $code"
  [ "$code" -eq 124 ] && why="not done within $limit s"
  rows+=("$(printf '✗ %-32s %5d s  %s' "$name" "$took" "$why")")
  exit 1
}

# Runs a command for at most the seconds of its step, then ends it with all its children.
limited() {
  timeout --kill-after=15 "$limit_s" "$@"
}

# The same, for commands whose last line on stdout must be JSON with `ok: true`.
limited_json() {
  limited "$@" | node .ci/last-line-ok.mjs
}

# same_trace <first seed> <runs> [option…]: the same runs with one job and with two must hold, and leave the same trace.
same_trace() {
  local seed="$1" runs="$2" jobs
  shift 2
  for jobs in 1 2; do
    limited_json npm run simulate -- --seed "$seed" --runs "$runs" --jobs "$jobs" --json "$@" >"$scratch/trace.$jobs" || return 1
  done
  node .ci/same-trace.mjs "$scratch/trace.1" "$scratch/trace.2"
}

# mutants <runs>: every known wrong in production code must be found out within so many seeds. Two at a time; each ends at its first find.
mutants() {
  local runs="$1"
  npm run --silent simulate -- --list-mutants | cut -d' ' -f1 |
    limited xargs -P 2 -I {} node .ci/mutant.mjs {} "$runs"
}

# The README's test command.
run_tests() {
  counted '' npm test --
}

# counted <label> <command…>: a run of Jest that takes its options behind the command; its counts are repeated at the end of the run, those
# without a label last.
counted() {
  local label="$1" code=0 counts
  shift
  rm -f "$scratch/tests.json"
  limited "$@" --json --outputFile="$scratch/tests.json" || code=$?
  counts="$label$(node .ci/test-counts.mjs "$scratch/tests.json")" || [ "$code" -ne 0 ] || code=1
  printf '%s\n' "$counts"
  if [ -z "$label" ]; then evidence+=("$counts"); else evidence=("$counts" "${evidence[@]}"); fi
  return "$code"
}

finish() {
  local code=$?
  rm -rf "$scratch"
  printf '\n%s\n' "--- time table"
  printf '%s\n' "${rows[@]}"
  printf '  %-32s %5d s\n' total $((SECONDS - started))
  [ "${#evidence[@]}" -gt 0 ] && printf '%s\n' "${evidence[@]}"
  [ "$code" -eq 0 ] && echo 'all steps passed' || echo 'FAILED'
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Captured venue messages lie beside the checkout on machines that have them; without them those tests say that they are skipped.
fixtures="$root/../shared/fixtures/binance"
if [ -d "$fixtures" ]; then
  FILLWRIGHT_FIXTURES="$(cd "$fixtures" && pwd)"
  export FILLWRIGHT_FIXTURES
fi
