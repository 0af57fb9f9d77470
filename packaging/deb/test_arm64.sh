#!/bin/sh
# In a fresh Debian 12 for arm64, by emulation where this machine is none: installs a package,
# uses it, compares templates with those of this machine. Needs root. Slow: 20 minutes and more.
#
#   packaging/deb/test_arm64.sh PACKAGE PYTHON CACHE
#
# In: a package for arm64; a Python of this machine with this checkout installed.
set -eu
package=$(realpath "$1")
python=$2
cache=$(realpath -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
# shellcheck source-path=SCRIPTDIR source=fresh_root.sh
. "$here/fresh_root.sh"
fresh_root arm64 "$cache"

says "install $(basename "$package") in Debian $(cat "$root/etc/debian_version")"
cp "$package" "$root/srv/new.deb"
inside apt-get install -qq -y --no-install-recommends /srv/new.deb >"$work/apt.log"
[ "$(inside uname -m)" = aarch64 ] || fails "this is no arm64"
inside uname -m
inside watchpost --version
# The part of picamera2 that is built for a NumPy (ADR 0033).
inside /opt/watchpost/bin/python3 -I -c 'import numpy, simplejpeg
print("NumPy", numpy.__version__, "simplejpeg", simplejpeg.__version__)'

says "packs give the same faces the same templates as on $(uname -m)"
site=$(inside /opt/watchpost/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# What templates.py expects of a checkout, made of what is installed.
check=$root/srv/check
mkdir -p "$check/tests"
cp -r tests/runtimes "$check/tests/"
ln -s "$site/edge" "$check/edge"
ln -s "$site/edge/packs" "$check/models"
for pack in default blazeface; do
  # Each fourth photo: an emulated look takes seconds.
  "$python" -m tests.runtimes.templates $pack "$check/$pack.npz" '' 4
  inside sh -c "cd /srv/check && /opt/watchpost/bin/python3 -m tests.runtimes.templates \
    $pack $pack-arm64.npz $pack.npz 4"
  "$python" -m tests.runtimes.compare "$check/$pack.npz" "$check/$pack-arm64.npz" ||
    fails "templates differ"
done

says "watchpost install, doctor"
inside watchpost install --box door-1 --site site-1 --camera /dev/video0 | grep 'changes made'
inside watchpost install | grep -x '0 changes made.' || fails "a second one changed something"
# It names what this root has not: camera, broker, clock, running processes.
inside watchpost doctor || [ $? = 1 ] || fails "the doctor did not end"

says "watchpost demo"
# Emulated, a frame with faces takes longer than the 4 s that the watchdog gives it.
inside env WATCHPOST_CAMERA__READ_TIMEOUT=5m watchpost demo --json --within 7200

says "purge"
inside apt-get purge -qq -y watchpost >"$work/apt.log"
[ -z "$(left_behind)" ] || fails "left behind: $(left_behind)"
echo "nothing is left"
says "end"
