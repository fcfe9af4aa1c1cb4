#!/bin/sh
# Stops the lab engine under DIR and deletes DIR. A local volume may mount the host's root under the data root: everything below DIR
# is unmounted, and DIR is deleted only when mountinfo agrees that nothing is left.
set -u
dir=$1
export DOCKER_HOST="unix://$dir/run/docker.sock"
containers=$(docker ps -aq 2>/dev/null)
[ -n "$containers" ] && docker rm -fv $containers >/dev/null 2>&1
if [ -f "$dir/run/docker.pid" ]; then
  pid=$(cat "$dir/run/docker.pid")
  kill "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
fi
awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
  umount -l "$(printf '%b' "$mount")" 2>/dev/null
done
if grep -qF " $dir/" /proc/self/mountinfo; then
  echo "mounts are left under $dir: not deleted" >&2
  exit 1
fi
rm -rf --one-file-system "$dir"
