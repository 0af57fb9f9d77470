#!/bin/sh
# In a fresh Debian 12 that its own systemd runs: installs a package, sets a box up, sees that the
# three units work in their sandboxes and are watched, removes everything. Needs root.
#
#   packaging/deb/test_systemd.sh PACKAGE CACHE
set -eu
package=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=fresh_root.sh
. "$here/fresh_root.sh"
fresh_root "$(dpkg --print-architecture)" "$2"
site=/srv/site
settings=/etc/watchpost/watchpost.toml
units="watchpost-recognise watchpost-report watchpost-status"
cgroup=
[ ! -d /sys/fs/cgroup/systemd ] || cgroup=/sys/fs/cgroup/systemd/watchpost-test-$$

booted() {
  nsenter --target "$first" --mount --pid --uts --ipc --net --cgroup --root --wd=/ \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
    DEBIAN_FRONTEND=noninteractive "$@"
}
fleet() {
  booted env WATCHPOST_FLEET=$site/fleet WATCHPOST_FLEET_PASSPHRASE='a sentence for this test' \
    watchpost fleet "$@" >/dev/null
}
await() { # WHAT COMMAND...
  what=$1
  shift
  for _ in $(seq 240); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.5
  done
  # shellcheck disable=SC2086
  booted systemctl status --no-pager $units >&2 || true
  booted journalctl --no-pager -n 20 >&2 || true
  fails "$what"
}
is_up() { booted systemctl is-system-running | grep -Eqx 'running|degraded'; }
work_all() { for unit in $units; do booted systemctl is-active --quiet "$unit" || return; done; }
has_hits() { booted grep -Eq '"hits_total":[1-9]' /run/watchpost/recognise.json; }
of_recognise() { booted systemctl show --property MainPID --value watchpost-recognise; }
is_another() { work_all && [ "$(of_recognise)" != "$hung" ]; }
close_all() {
  if [ -n "${first:-}" ]; then kill -9 "$first" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  close_root
  if [ -n "$cgroup" ]; then find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
}
trap close_all EXIT

says "boot Debian $(cat "$root/etc/debian_version") with its systemd"
inside apt-get install -qq -y --no-install-recommends systemd systemd-sysv >"$work/apt.log" 2>&1
# What belongs to a kernel, and what would ask the network.
for unit in systemd-sysctl systemd-udevd systemd-modules-load systemd-random-seed systemd-binfmt \
  systemd-logind systemd-timesyncd console-getty mosquitto; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
done
mkdir "$root$site"
cp "$package" "$root/srv/new.deb"
cp "$here/demo_site.py" "$root/srv/"
if [ -n "$cgroup" ]; then mkdir "$cgroup"; fi
(
  if [ -n "$cgroup" ]; then sh -c "echo \$PPID >$cgroup/cgroup.procs"; fi
  exec unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child \
    "$here/boot_root.sh" "$root" >"$work/boot.log" 2>&1
) &
for _ in $(seq 100); do
  first=$(pgrep -P $! || true)
  if [ -n "$first" ] && is_up 2>/dev/null; then break; fi
  sleep 0.2
done
await "systemd did not come up" is_up
booted systemctl --version | head -n 1
booted systemd-creds setup 2>/dev/null
paths >"$work/before"

says "install $(basename "$package"); a bundle; watchpost install"
booted apt-get install -qq -y --no-install-recommends /srv/new.deb >"$work/apt.log" 2>&1
booted /opt/watchpost/bin/python3 -I /srv/demo_site.py $site
fleet init $site/fleet
fleet add --out $site door-1 --site demo --broker localhost \
  --source "file://$site/repository" --root $site/register/root.json
booted chmod 755 $site/repository
clip=$(booted find /opt/watchpost -name clip.mp4)
booted watchpost install --bundle $site/demo_door-1.watchpost.zip --camera "$clip" |
  grep -E 'seal|keys|systemd|start|changes'
# This system has neither NTP nor a camera.
booted sed -i 's/^\[camera\]/[clock]\ntrust = "system"\n\n[camera]\nloop = true/' $settings
# shellcheck disable=SC2086
booted systemctl restart --no-block $units
await "a unit does not work" work_all
await "nobody was recognised" has_hits
# shellcheck disable=SC2086
booted systemctl show --property Id,Type,ActiveState,StatusText $units | grep .
booted find /run/credentials -name '*-key' -printf '%p %u %m\n' | sort

says "watchpost install again"
running=$(of_recognise)
booted watchpost install | grep -x '0 changes made.' || fails "a second one changed something"
[ "$(of_recognise)" = "$running" ] || fails "a second one restarted a unit"

says "recognise hangs: systemd's watchdog replaces it"
hung=$running
booted systemctl kill --signal=SIGSTOP watchpost-recognise
await "it was not replaced" is_another
await "nobody was recognised" has_hits

says "the package again: what ran runs"
hung=$(of_recognise)
booted apt-get install -qq -y --reinstall /srv/new.deb >"$work/apt.log" 2>&1
await "a unit was not started again" is_another

says "watchpost uninstall --purge, apt purge"
booted watchpost uninstall --purge | grep -E '^stop|^overwrite|changes'
booted apt-get purge -qq -y watchpost >"$work/apt.log" 2>&1
[ -z "$(left_behind)" ] || fails "left behind: $(left_behind)"
if booted systemctl list-units --all --plain --no-legend 'watchpost*' | grep .; then
  fails "a unit is left"
fi
echo "nothing is left"
