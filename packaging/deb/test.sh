#!/bin/sh
# Installs the package in a fresh Debian 12, uses it, upgrades it, purges it. Needs root.
#
#   packaging/deb/test.sh PACKAGE [ROOT]
#
# ROOT: an empty Debian 12 that debootstrap made before; without it one is made and removed.
set -eu
package=$1
root=${2:-}
work=$(mktemp -d)
if [ -z "$root" ]; then
  root=$work/root
  debootstrap --variant=minbase --include=python3,ca-certificates bookworm "$root"
fi
clean() {
  for one in dev/pts dev proc; do umount "$root/$one" 2>/dev/null || true; done
  # Never while something is still mounted there: it would be this machine's.
  if ! grep -q " $work/" /proc/mounts; then rm -rf "$work"; fi
}
trap clean EXIT
cp /etc/hosts /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts devpts "$root/dev/pts"

inside() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt chroot "$root" "$@"
}
listing() {
  for folder in etc opt usr run var/lib/watchpost; do
    find "$root/$folder" -name '*watchpost*' 2>/dev/null || true
  done
}
cp "$package" "$root/watchpost.deb"
inside apt-get update -qq
echo "== install"
inside apt-get install -qq -y --no-install-recommends /watchpost.deb
inside watchpost --version
echo "== demo"
inside watchpost demo
echo "== watchpost install, twice"
inside watchpost install --box box-9 --site site-9 --camera /dev/video0 --page 0.0.0.0
inside watchpost install | tee "$work/second" | head -3
grep -q '^0 changes' "$work/second"
echo "== doctor"
inside watchpost doctor || echo "doctor: $?"
echo "== upgrade"
sum() { inside sh -c 'cat /var/lib/watchpost/status/users.json /etc/watchpost/* /etc/credstore/* | sha256sum'; }
before=$(sum)
dpkg-deb --raw-extract "$package" "$work/next"
sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/next" "$root/next.deb" >/dev/null
inside apt-get install -qq -y --no-install-recommends /next.deb
[ "$before" = "$(sum)" ]
inside watchpost --version
echo "== purge"
inside apt-get purge -qq -y watchpost
left=$(listing)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
if grep watchpost "$root/etc/passwd" "$root/etc/group"; then exit 1; fi
[ ! -e "$root/opt/watchpost" ]
echo "== nothing is left"
