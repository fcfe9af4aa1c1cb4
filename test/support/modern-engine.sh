#!/bin/sh
# Runs a command whose lab engines are modern ones (API 1.56), built once from Go modules into the cache (about 8 minutes).
# usage: modern-engine.sh COMMAND…
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/moorwatch/modern-engine
if [ ! -x "$cache/bin/runc" ]; then
  echo "building a modern engine into $cache; this takes some minutes" >&2
  "$here/engine/build-modern.sh" "$cache"
fi
export LAB_ENGINE_DOCKERD="$cache/bin/dockerd" LAB_ENGINE_PATH="$cache/bin" LAB_ENGINE_RUNC="$cache/bin/runc"
exec "$@"
