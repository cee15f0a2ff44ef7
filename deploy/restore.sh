#!/usr/bin/env bash
# Puts what deploy/backup.sh kept into the volumes of a desk in Compose that does not run (made here when they are missing), all of it from the
# same moment, and verifies the journals there. What is in them already is replaced only when told so.
#   deploy/restore.sh file [project] [--replace]      default: fillwright; FILLWRIGHT_IMAGE as for docker-compose
set -euo pipefail

fail() {
  echo "restore: $1" >&2
  exit "${2:-1}"
}
replace=''
words=()
for word in "$@"; do
  if [ "$word" = --replace ]; then replace=yes; else words+=("$word"); fi
done
file="${words[0]:-}"
project="${words[1]:-fillwright}"
[ -r "$file" ] || fail 'usage: restore.sh file [project] [--replace]' 2
file="$(cd "$(dirname "$file")" && pwd)/$(basename "$file")"

for container in $(docker ps --quiet --filter "label=com.docker.compose.project=$project"); do
  service="$(docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}}' "$container")"
  [[ ! "$service" =~ ^(trader|trading-engine|position-server) ]] || fail "$service of $project runs; stop it first: docker-compose stop"
done

folders="$(tar --list --gzip --file "$file" | sed -n 's#^\(data-[^/]*\)/$#\1#p')"
[ -n "$folders" ] || fail "$file was not made by backup.sh" 2
mounts=()
for folder in $folders; do
  volume="${project}_$folder"
  # With the labels by which Compose knows its own.
  docker volume inspect "$volume" >/dev/null 2>&1 ||
    docker volume create --label "com.docker.compose.project=$project" --label "com.docker.compose.volume=$folder" "$volume" >/dev/null
  mounts+=(--volume "$volume:/desk/$folder")
done

docker run --rm --network none --user 0 --read-only --tmpfs /tmp --env FILLWRIGHT_LOG_DIR=/tmp "${mounts[@]}" --volume "$file:/backup.tar.gz:ro" \
  --entrypoint sh "${FILLWRIGHT_IMAGE:-fillwright}" -euc '
    kept="$(find /desk -mindepth 2 -maxdepth 2)"
    if [ -n "$kept" ] && [ -z "$1" ]; then
      echo "restore: there is data already, in the places below; --replace puts the backup in its place" >&2
      echo "$kept" >&2
      exit 1
    fi
    find /desk -mindepth 2 -delete
    tar --extract --gzip --file /backup.tar.gz --directory /desk
    chown -R 1000:1000 /desk/*
    find /desk -type d -path "*/trading-engine/journal" |
      while read -r journal; do fillwright journal verify "${journal%/journal}" >&2 || exit 1; done' sh "$replace"
echo "restored from $(basename "$file")"
