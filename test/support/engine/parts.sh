# Sourced by the scripts that start engines.

# busybox_root: makes a root file system of this machine's busybox, and prints where.
busybox_root() {
  root=$(mktemp -d)
  mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/root" "$root/proc" "$root/sys" "$root/dev" "$root/mnt"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in $(busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  echo "$root"
}

# until_answers HOST NAME LOG: waits for the engine at this DOCKER_HOST for half a minute.
until_answers() {
  tries=0
  until DOCKER_HOST=$1 docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 150 ]; then
      echo "$2 did not start; see $3" >&2
      tail -n 20 "$3" >&2
      exit 1
    fi
    sleep 0.2
  done
}
