#!/bin/sh
# Starts a Docker engine of its own: own network namespace (nothing can leave it), socket, data root and pid file, all under DIR.
# usage: start.sh DIR   → prints the DOCKER_HOST to use. Stop it with stop.sh DIR.
set -eu
dir=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/parts.sh"
dockerd=${LAB_ENGINE_DOCKERD:-dockerd}
mkdir -p "$dir/bin" "$dir/run"
cp "$here/runc" "$dir/bin/runc"
chmod +x "$dir/bin/runc"
PATH="$dir/bin:${LAB_ENGINE_PATH:+$LAB_ENGINE_PATH:}$PATH" setsid unshare -n sh -c 'ip link set lo up; exec "$@"' sh "$dockerd" \
  -H "unix://$dir/run/docker.sock" --data-root "$dir/data" --exec-root "$dir/exec" -p "$dir/run/docker.pid" \
  >"$dir/dockerd.log" 2>&1 </dev/null &
export DOCKER_HOST="unix://$dir/run/docker.sock"
until_answers "$DOCKER_HOST" "the lab engine" "$dir/dockerd.log"
if ! docker image inspect lab/bb:1 >/dev/null 2>&1; then
  root=$(busybox_root)
  printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\nadmin:x:0:0::/root:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
  tar -C "$root" -c . | docker import -c 'CMD ["sleep","3600"]' - lab/bb:1 >/dev/null
  rm -rf "$root"
fi
echo "$DOCKER_HOST"
