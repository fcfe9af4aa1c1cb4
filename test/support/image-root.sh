# Sourced by the scripts that import images of this machine's own files. Needs $work, a directory to work in.

# root_of ROOT PACKAGE…: the files of Debian packages and of all they depend on, as a root file system.
root_of() {
  root=$1
  shift
  mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/etc" "$root/tmp" "$root/root" "$root/var/lib"
  for merged in bin sbin lib lib64; do ln -s "usr/$merged" "$root/$merged"; done
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" 2>/dev/null |
    grep '^[a-z0-9]' | sort -u | while read -r package; do
    dpkg -L "$package" 2>/dev/null || true
  done | grep -vE '^/usr/share/(doc|man|locale|info|lintian|perl)|^/(etc|var)/' | sort -u | while read -r file; do
    if [ -L "$file" ] || [ -f "$file" ]; then printf '%s\n' "${file#/}"; fi
  done >"$work/files"
  tar -C / --no-recursion -c -T "$work/files" | tar -C "$root" --keep-directory-symlink -x
}
