#!/usr/bin/env bash
# Makes the base image of deploy/Dockerfile where no image registry can be reached: Debian's own packages (debootstrap), the Node that
# this workspace pins, and the npm at hand. As root; needs debootstrap, tar, npm and a Docker engine.
#   scripts/base-image.sh [tag]      default tag: fillwright-base:bookworm
# MIRROR chooses another mirror of Debian's packages.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
tag="${1:-fillwright-base:bookworm}"
mirror="${MIRROR:-http://deb.debian.org/debian}"
node_version="$(sed -n 's/^ *"node": "\([0-9][0-9.]*\)".*/\1/p' "$root/package.json" | head -n 1)"

fail() {
  echo "base-image: $1" >&2
  exit "${2:-1}"
}
[ "$(id -u)" -eq 0 ] || fail 'debootstrap needs root; run it with sudo' 2
[ -n "$node_version" ] || fail 'package.json names no version of node' 2
for program in debootstrap tar npm docker; do
  command -v "$program" >/dev/null || fail "$program is not installed (apt-get install debootstrap docker.io)" 2
done

work="$(mktemp -d)"
trap 'rm -rf --one-file-system "$work"' EXIT
system="$work/system"

debootstrap --variant=minbase --include=libatomic1 bookworm "$system" "$mirror" >"$work/debootstrap.log" 2>&1 ||
  { tail -n 20 "$work/debootstrap.log" >&2; fail 'debootstrap failed'; }

# The pinned Node: from this checkout when it is installed, else from the package registry.
binary="$root/node_modules/node/bin/node"
if [ "$("$binary" --version 2>/dev/null)" != "v$node_version" ]; then
  npm install --silent --no-save --allow-scripts=node --prefix "$work/node" "node@$node_version"
  binary="$work/node/node_modules/node/bin/node"
fi
[ "$("$binary" --version)" = "v$node_version" ] || fail "no Node $node_version to be had"
install -m 755 "$binary" "$system/usr/local/bin/node"
[ "$(chroot "$system" node --version)" = "v$node_version" ] || fail "Node $node_version does not run on Debian bookworm"
npm_home="$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")"
mkdir -p "$system/usr/local/lib/node_modules"
cp -R "$npm_home" "$system/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$system/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$system/usr/local/bin/npx"

# What this machine trusts, the image trusts while it is built: a company's own certificate authority, for instance.
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
  install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$system/etc/ssl/certs/ca-certificates.crt"
  mkdir -p "$system/usr/local/etc"
  echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$system/usr/local/etc/npmrc"
fi
chroot "$system" groupadd --gid 1000 node
chroot "$system" useradd --uid 1000 --gid node --no-create-home --shell /usr/sbin/nologin node

tar --create --directory "$system" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' \
  --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/info/*' --exclude='./proc/*' --exclude='./sys/*' . |
  docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' --change 'CMD ["node"]' - "$tag" >/dev/null
echo "$tag: Debian bookworm with Node $node_version, $(docker image inspect --format '{{.Size}}' "$tag" | awk '{ printf "%.0f MB", $1 / 1000000 }')"
