#!/bin/sh
# The package of the version before, to upgrade from; says where it lies.
#
#   packaging/deb/previous.sh PYTHON CACHE
#
# That is the last release before this commit; while there is none, the first commit with an
# installer. It gets a lower version, since both may call themselves the same.
set -eu
python=$1
cache=$2
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
before=$(git describe --tags --abbrev=0 --match 'v*' HEAD^ 2>/dev/null ||
  git log --diff-filter=A --format=%h -1 -- edge/cli/install.py)
package=$cache/watchpost_before_$before.deb
if [ ! -e "$package" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/source" "$cache"
  git archive "$before" | tar -x -C "$work/source"
  # Packed as today: what is in a package is tried, not how it was made.
  cp "$here/build.sh" "$work/source/packaging/deb/"
  "$work/source/packaging/deb/build.sh" "$python" "$work" >&2
  dpkg-deb --raw-extract "$work"/watchpost_*.deb "$work/tree"
  sed -i "s/^Version: .*/&~before.$before/" "$work/tree/DEBIAN/control"
  dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/tree" "$work/new.deb" >&2
  mv "$work/new.deb" "$package"
fi
echo "$package"
