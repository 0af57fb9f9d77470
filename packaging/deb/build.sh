#!/bin/sh
# A Debian package with everything that watchpost needs beside Debian's own python3.
#
#   packaging/deb/build.sh PYTHON [FOLDER [ARCHITECTURE]]
#
# In: a Python of the version that the target's python3 has, with hatchling and editables; amd64 or
# arm64 (default: this machine's); the checkout that this file lies in; pip of $PYTHON (python3).
# Out: FOLDER/watchpost_VERSION_ARCHITECTURE.deb (default: dist). Always: every wheel is one that
# requirements.lock names with its hash; nothing is compiled here. No line of the lock depends on
# which of the two architectures it is, so pip's reading its conditions for this machine is right.
set -eu

python=$1
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
out=${2:-$source/dist}
architecture=${3:-$(dpkg --print-architecture)}
case $architecture in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) echo "packages are built for amd64 and arm64, not for $architecture" >&2; exit 2 ;;
esac
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$source/edge/__init__.py")
minor=$("$python" -c 'import sys; print(sys.version_info[1])')
# The same input makes the same package: times are those of the last commit.
SOURCE_DATE_EPOCH=$(git -C "$source" log -1 --format=%ct 2>/dev/null || echo 1767225600)
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tree=$work/tree
site=$tree/opt/watchpost/lib/python3.$minor/site-packages
umask 022
mkdir -p "$site" "$tree/opt/watchpost/bin" "$out"
rm -f "$out"/watchpost_*_"$architecture".deb

pip() {
  "${PYTHON:-python3}" -m pip --disable-pip-version-check --quiet --python "$python" "$@"
}
# Wheels for glibc 2.17 to 2.28, the libc6 that control.in names.
set -- --platform "manylinux2014_$machine"
for glibc in $(seq 17 28); do set -- "$@" --platform "manylinux_2_${glibc}_$machine"; done
pip install --require-hashes --only-binary :all: --no-compile --target "$site" \
  --implementation cp --python-version "3.$minor" "$@" -r "$source/requirements.lock"
pip wheel --no-deps --no-build-isolation --wheel-dir "$work/wheel" "$source"
pip install --no-deps --no-index --no-compile --target "$site" "$work"/wheel/watchpost-*.whl
# pip's own start scripts carry the path of the Python that built them.
rm -rf "${site:?}/bin" "${site:?}/share"
find "$site" -name __pycache__ -prune -exec rm -rf {} +
# Shipped, not made on the box: dpkg then knows every file, and /opt can be read-only.
"$python" -m compileall -q -s "$tree" --invalidation-mode unchecked-hash "$site"

# What `python3 -m venv --system-site-packages /opt/watchpost` would write: the system's packages
# come last, so that python3-picamera2 is found and nothing else is taken from there.
ln -s /usr/bin/python3 "$tree/opt/watchpost/bin/python3"
printf 'home = /usr/bin\ninclude-system-site-packages = true\n' >"$tree/opt/watchpost/pyvenv.cfg"
install -m 755 "$here/watchpost" "$tree/opt/watchpost/bin/watchpost"
mkdir -p "$tree/usr/bin"
ln -s /opt/watchpost/bin/watchpost "$tree/usr/bin/watchpost"

units=$tree/lib/systemd/system
mkdir -p "$units" "$tree/usr/lib/sysusers.d" "$tree/usr/lib/tmpfiles.d"
# All but the receiver's, which runs on a server.
find "$source/systemd" -name 'watchpost-*.*' ! -name 'watchpost-hub.*' \
  -exec install -m 644 -t "$units" {} +
install -m 644 "$source/systemd/watchpost.sysusers" "$tree/usr/lib/sysusers.d/watchpost.conf"
install -m 644 "$source/systemd/watchpost.tmpfiles" "$tree/usr/lib/tmpfiles.d/watchpost.conf"
mkdir -p "$tree/usr/share/watchpost" "$tree/usr/share/doc/watchpost"
cp -r "$source/firmware_config/." "$tree/usr/share/watchpost/"
install -m 644 "$source/LICENSE" "$tree/usr/share/doc/watchpost/copyright"
install -m 644 "$source/CHANGELOG.md" "$tree/usr/share/doc/watchpost/CHANGELOG.md"

mkdir "$tree/DEBIAN"
kib=$(du -sk --exclude=DEBIAN "$tree" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@KIB@/$kib/" \
  -e "s/@MINOR@/$minor/" -e "s/@NEXT@/$((minor + 1))/" "$here/control.in" >"$tree/DEBIAN/control"
for script in postinst prerm postrm; do
  install -m 755 "$here/$script" "$tree/DEBIAN/$script"
done
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
  >"$tree/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Zxz -z1 --threads-max=2 --build "$tree" \
  "$out/watchpost_${version}_${architecture}.deb"
