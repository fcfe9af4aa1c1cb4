#!/bin/sh
# Imports what the Dockerfile and docker-compose.yml pull from a registry, made of this machine's own files, under the same tags:
#   node:24-bookworm-slim   this machine's node and npm, sh, coreutils, and python3, make and g++ (so the Dockerfile need not install them),
#                           with npm's cache of the packages in package-lock.json, set to work offline
#   haproxy:2.6             this machine's haproxy
# So a build and a run need no network, and the files are tested as they are. What this does not prove: the real bases' own contents (their
# Node version, their libraries), and that apt-get works in them.
# usage: DOCKER_HOST=… image-base.sh     (Debian or Ubuntu, root)
set -eu
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. "$repository/test/support/image-root.sh"

node=$(readlink -f "$(command -v node)")
prefix=$(dirname "$(dirname "$node")")
base=$work/base
root_of "$base" dash coreutils grep sed findutils mawk python3 make g++
# Names that Debian gives by its alternatives.
for name in cc c++ awk; do ln -sf "$(basename "$(readlink -f "$(command -v $name)")")" "$base/usr/bin/$name"; done
mkdir -p "$base$prefix/bin" "$base$prefix/lib/node_modules" "$base$prefix/include" "$base$prefix/etc"
cp "$node" "$base$prefix/bin/node"
ldd "$node" | grep -o '/[^ ]*\.so[^ ]*' | while read -r library; do
  [ -e "$base$library" ] || cp -L --parents "$library" "$base/"
done
cp -r "$(npm root -g)/npm" "$base$prefix/lib/node_modules/npm"
cp -r "$prefix/include/node" "$base$prefix/include/node"
for tool in npm npx; do ln -sf "../lib/node_modules/npm/bin/$tool-cli.js" "$base$prefix/bin/$tool"; done
for tool in node npm npx; do [ "$prefix" = /usr ] || ln -sf "$prefix/bin/$tool" "$base/usr/bin/$tool"; done

# The cache is filled by npm itself; what it has already is not fetched again.
mkdir "$work/fill"
cp "$repository/package.json" "$repository/package-lock.json" "$work/fill"
(cd "$work/fill" && npm ci --prefer-offline --ignore-scripts --no-audit --no-fund >/dev/null)
rm -rf "$work/fill"
mkdir -p "$base/var/cache/npm"
cp -r "$(npm config get cache)/_cacache" "$base/var/cache/npm/_cacache"
cat >"$base$prefix/etc/npmrc" <<EOF
registry=$(npm config get registry)
cache=/var/cache/npm
offline=true
nodedir=$prefix
update-notifier=false
audit=false
fund=false
EOF
tar -C "$base" -c . | docker import -c 'CMD ["node"]' - node:24-bookworm-slim >/dev/null
rm -rf "$base"

# bash, as in the image: the health check is written in it.
root_of "$work/haproxy" haproxy dash bash
tar -C "$work/haproxy" -c . |
  docker import -c 'CMD ["haproxy","-W","-db","-f","/usr/local/etc/haproxy/haproxy.cfg"]' - haproxy:2.6 >/dev/null
