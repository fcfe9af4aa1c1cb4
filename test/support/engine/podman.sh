#!/bin/sh
# Starts Podman's Docker-compatible API: own network namespace, socket and stores, all under DIR.
# usage: podman.sh start DIR   → prints the DOCKER_HOST to use
#        podman.sh stop DIR    → removes its containers, stops it and deletes DIR
set -eu
verb=$1
dir=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/parts.sh"
export CONTAINERS_CONF="$dir/containers.conf"

podman_here() {
  podman --root "$dir/root" --runroot "$dir/runroot" --tmpdir "$dir/tmp" --network-config-dir "$dir/net" \
    --storage-driver vfs --cgroup-manager cgroupfs --events-backend file "$@"
}

start() {
  mkdir -p "$dir/bin" "$dir/run"
  # Podman asks for higher limits than a machine without CAP_SYS_RESOURCE can give; conmon passes no environment to the runtime.
  {
    sed '$d' "$here/runc"
    # shellcheck disable=SC2016 # for the script that is written
    echo 'for file in "$bundle/config.json" "$process"; do [ -f "$file" ] && sed -i "s/,\"rlimits\":\[[^]]*\]//g; s/\"rlimits\":\[[^]]*\],\{0,1\}//g" "$file"; done'
    tail -n 1 "$here/runc"
  } >"$dir/bin/runc"
  chmod +x "$dir/bin/runc"
  # crun refuses the hybrid cgroups of some machines, runc takes them.
  printf '[engine]\nruntime = "runc"\n[engine.runtimes]\nrunc = ["%s"]\n' "$dir/bin/runc" >"$CONTAINERS_CONF"
  root=$(busybox_root)
  chmod 755 "$root"
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
  tar -C "$root" -c . | podman_here import -q -c 'CMD ["sleep","3600"]' - lab/bb:1 >/dev/null
  rm -rf "$root"
  setsid unshare -n "$0" serve "$dir" >"$dir/podman.log" 2>&1 </dev/null &
  until_answers "unix://$dir/run/podman.sock" podman "$dir/podman.log"
  echo "unix://$dir/run/podman.sock"
}

stop() {
  podman_here rm -af -t 0 >/dev/null 2>&1 || true
  [ ! -f "$dir/pid" ] || kill "$(cat "$dir/pid")" 2>/dev/null || true
  # The conmon of an exec stays for five minutes and then asks podman to clean up, which would make DIR anew.
  for process in /proc/[0-9]*; do
    if [ "$(cat "$process/comm" 2>/dev/null)" = conmon ] && tr '\0' '\n' <"$process/cmdline" 2>/dev/null | grep -qxF "$dir/bin/runc"; then
      kill -9 "${process#/proc/}" 2>/dev/null || true
    fi
  done
  awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount -l "$(printf '%b' "$mount")" 2>/dev/null || true
  done
  if grep -qF " $dir/" /proc/self/mountinfo; then
    echo "mounts are left under $dir: not deleted" >&2
    exit 1
  fi
  rm -rf --one-file-system "$dir"
}

case $verb in
start) start ;;
serve)
  ip link set lo up
  echo $$ >"$dir/pid"
  exec podman --root "$dir/root" --runroot "$dir/runroot" --tmpdir "$dir/tmp" --network-config-dir "$dir/net" \
    --storage-driver vfs --cgroup-manager cgroupfs --events-backend file system service --time=0 "unix://$dir/run/podman.sock"
  ;;
stop) stop ;;
*) exit 2 ;;
esac
