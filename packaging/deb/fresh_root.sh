# shellcheck shell=sh
# Sourced by the test scripts beside it: a fresh Debian 12 to try a package in. Needs root.
#
# In: an architecture, and a folder that keeps what debootstrap made. Out: `$root`, a new system
# with python3 and nothing of watchpost; `inside COMMAND` runs in it; `says` and `fails` report.
# Always: $root is removed at the end, unless something of this machine is still mounted in it.

work=$(mktemp -d)
root=$work/root
emulator=/proc/sys/fs/binfmt_misc/qemu-aarch64
registered=

fresh_root() { # ARCHITECTURE CACHE
  kept=$2/bookworm-$1.tar
  trap close_root EXIT
  trap 'exit 130' INT TERM
  [ "$1" = "$(dpkg --print-architecture)" ] || emulate
  if [ ! -e "$kept" ]; then
    debootstrap --arch="$1" --variant=minbase --include=python3,ca-certificates bookworm "$root"
    mkdir -p "$2"
    tar -C "$root" --numeric-owner -cf "$kept.new" .
    mv "$kept.new" "$kept"
  else
    mkdir "$root"
    tar -C "$root" --numeric-owner -xpf "$kept"
  fi
  cp /etc/hosts /etc/resolv.conf "$root/etc/"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  mount -t devpts devpts "$root/dev/pts"
  # A broker, and what control.in names: they stay when the package goes.
  inside apt-get update -qq
  inside apt-get install -qq -y --no-install-recommends mosquitto adduser libgcc-s1 libstdc++6 \
    tzdata >"$work/apt.log"
  paths >"$work/before"
}

says() { echo "== $(date -u +%H:%M:%S) $*"; }
fails() { echo "FAILED: $*" >&2; exit 1; }

inside() { (become_inside "$@"); }

# In place of this shell: `become_inside COMMAND &` makes $! the command itself.
become_inside() {
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    HOME=/root chroot "$root" "$@"
}

# What is there, but for what apt and dpkg keep for themselves; what is there beyond what was at
# first, and users and groups of watchpost.
paths() {
  (cd "$root" && find . -xdev \( -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/cache \
    -o -path ./var/log -o -path ./run/credentials -o -path ./srv \) -prune -o -print | sort)
}
left_behind() {
  paths | comm -13 "$work/before" -
  grep watchpost "$root/etc/passwd" "$root/etc/group" || true
}

# Programs for arm64 run in the emulator, which the kernel opens itself (flag F): nothing of it is
# copied into the root.
emulate() {
  grep -qs '^enabled' "$emulator" && return
  mountpoint -q "${emulator%/*}" || mount -t binfmt_misc binfmt_misc "${emulator%/*}"
  cat /usr/lib/binfmt.d/qemu-aarch64.conf >"${emulator%/*}/register"
  registered=yes
}

close_root() {
  for one in dev/pts dev proc; do umount "$root/$one" 2>/dev/null || true; done
  [ -z "$registered" ] || echo -1 >"$emulator"
  if ! grep -q " $work/" /proc/mounts; then rm -rf "$work"; fi
}
