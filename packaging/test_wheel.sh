#!/bin/sh
# What a developer gets by `pip install watchpost`: builds the source archive, a wheel of that, and
# tries it in an environment of its own, far from this checkout. Needs the network; no root.
#
#   packaging/test_wheel.sh PYTHON
#
# In: a Python with hatchling; pip of $PYTHON (python3). Always: everything that pip fetches is the
# newest that pyproject.toml allows, not what the lock names.
set -eu
python=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
says() { echo "== $*"; }
fails() { echo "FAILED: $*" >&2; exit 1; }
pip() { "${PYTHON:-python3}" -m pip --disable-pip-version-check --quiet --python "$@"; }

says "source archive, and a wheel made of it"
(cd "$here/.." && "$python" -m hatchling build -t sdist -d "$work")
pip "$python" wheel --no-deps --no-build-isolation --wheel-dir "$work" "$work"/watchpost-*.tar.gz
wheel=$(ls "$work"/watchpost-*.whl)

says "pip install $(basename "$wheel")"
cd "$work"
"${PYTHON:-python3}" -m venv --without-pip new
pip new/bin/python install "$wheel"
new/bin/watchpost --version
new/bin/watchpost models verify default
# No box is set up here: it says so, and ends.
new/bin/watchpost doctor >doctor.txt || [ $? = 1 ] || fails "the doctor did not end"
tail -n 1 doctor.txt

says "what needs more says what"
if new/bin/watchpost hub migrate --database sqlite:///hub.db 2>said.txt; then fails "no refusal"; fi
cat said.txt
grep -q "pip install 'watchpost\[hub\]'" said.txt || fails "no remedy"

says "with the extras: demo, tables of the hub, a box in a folder"
pip new/bin/python install "${wheel}[demo,hub]"
new/bin/watchpost hub migrate --database sqlite:///hub.db
new/bin/watchpost demo --json | tail -n 1
mkdir -p root/etc
printf 'root:x:0:\n' | tee root/etc/group >root/etc/passwd
new/bin/watchpost install --dry-run --root root --box door-1 --site site-1 | grep 'would be made'
