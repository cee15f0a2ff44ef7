#!/usr/bin/env bash
# One file with all that a desk in Compose must not lose: the data of traders, engines and position-servers, of one and the same moment.
# They are stopped for as long as that takes (an engine cancels its open orders first), the journals are verified, the file is held against
# what it was made of, and what ran is started again, whatever happened.   deploy/backup.sh [project [folder]]   default: fillwright backup
set -euo pipefail

project="${1:-fillwright}"
folder="${2:-backup}"
fail() {
  echo "backup: $1" >&2
  exit "${2:-1}"
}
ours() { docker ps --quiet --filter "label=com.docker.compose.project=$project" "$@"; }

# Who sends orders stops first, who books them last: so the ledger has nothing that the journal lacks.
running=()
volumes=()
image=''
for kind in trader trading-engine position-server; do
  for container in $(ours --all); do
    read -r service oneoff state name < <(docker inspect --format \
      '{{index .Config.Labels "com.docker.compose.service"}} {{index .Config.Labels "com.docker.compose.oneoff"}} {{.State.Running}} {{.Config.Image}}' \
      "$container")
    [[ "$service" == "$kind"* && "$oneoff" != True ]] || continue
    image="$name"
    [ "$state" = true ] && running+=("$container")
    volumes+=("$(docker inspect --format '{{range .Mounts}}{{if eq .Destination "/app/data"}}{{.Name}}{{end}}{{end}}' "$container")")
  done
done
[ "${#volumes[@]}" -gt 0 ] || fail "no desk of the project $project here; docker ps tells which there are" 2

mounts=()
for volume in "${volumes[@]}"; do mounts+=(--volume "$volume:/desk/${volume#"${project}_"}:ro"); done
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"
file="$project-$(date -u +%Y%m%dT%H%M%SZ).tar.gz"

again() {
  local code=$? at
  rm -f "$folder/$file.part"
  for ((at = ${#running[@]} - 1; at >= 0; at--)); do docker start "${running[at]}" >/dev/null || code=1; done
  exit "$code"
}
trap again EXIT
for container in "${running[@]}"; do docker stop --time 20 "$container" >/dev/null; done

docker run --rm --network none --user 0 --read-only --tmpfs /tmp --env FILLWRIGHT_LOG_DIR=/tmp "${mounts[@]}" --volume "$folder:/backup" \
  --entrypoint sh "$image" -euc '
    umask 077
    find /desk -type d -path "*/trading-engine/journal" | while read -r journal; do fillwright journal verify "${journal%/journal}" >&2 || exit 1; done
    cd /desk
    tar --create --gzip --file "/backup/$1.part" -- *
    tar --compare --gzip --file "/backup/$1.part" >&2' sh "$file" || fail 'nothing was kept: see above'
mv "$folder/$file.part" "$folder/$file"
echo "$folder/$file"
