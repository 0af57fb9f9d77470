#!/bin/sh
# Boots the system in a folder with its own systemd, in namespaces: it sees no network, no process
# and no file of this machine, and may not change its kernel's settings. Needs root.
#
#   unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child boot_root.sh ROOT
#
# Tried where this machine has cgroups of version 1 (with a hierarchy named systemd).
set -eu
root=$1
mount --make-rprivate /
umount -R "$root/dev" "$root/proc"
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,ro,bind "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for one in null zero full random urandom tty; do
  touch "$root/dev/$one"
  mount --bind "/dev/$one" "$root/dev/$one"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for one in dev/shm run tmp; do mount -t tmpfs tmpfs "$root/$one"; done
if [ -d /sys/fs/cgroup/systemd ]; then
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  mkdir "$root/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
else
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
fi
ip link set lo up
mkdir -p "$root/old"
cd "$root"
pivot_root . old
cd /
umount -l /old
rmdir /old
# As at a real start; credentials are mounted elsewhere and must be seen here.
mount --make-rshared /
exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  /lib/systemd/systemd --unit=multi-user.target --show-status=no
