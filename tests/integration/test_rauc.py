"""The real RAUC, where it is installed, answers as ``tests/fakes/rauc_program.py`` does.

Needs root, `apt install rauc squashfs-tools`, dbus and a loop device; skipped elsewhere. RAUC's
service runs on a bus of its own, with files for slots and a script for a bootloader.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.update.rauc import RaucProgram
from tests.integration.test_delivery_refusals import make_ca

NEEDED = ("rauc", "mksquashfs", "dbus-daemon", "losetup")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, NEEDED)),
    reason="needs root, rauc, squashfs-tools, dbus (see the docstring)",
)

BOOTLOADER = """#!/bin/sh
cd "$(dirname "$0")"
case $1 in
get-primary) cat primary 2>/dev/null || echo A ;;
set-primary) echo "$2" > primary ;;
get-state) cat "state.$2" 2>/dev/null || echo good ;;
set-state) echo "$3" > "state.$2" ;;
esac
"""
SYSTEM = """[system]
compatible=watchpost-test
bootloader=custom
statusfile={0}/central.status
mountprefix={0}/mnt
bundle-formats=plain verity

[handlers]
bootloader-custom-backend={0}/bootloader

[keyring]
path=fleet.crt

[slot.rootfs.0]
device={0}/a
type=raw
bootname=A

[slot.rootfs.1]
device={0}/b
type=raw
bootname=B
"""
MANIFEST = """[update]
compatible={0}
version=2026.12

[image.rootfs]
filename=rootfs.img
"""


def make_bundle(folder: Path, name: str, signer: str, compatible: str) -> Path:
    content, bundle = folder / f"{name}.content", folder / f"{name}.raucb"
    content.mkdir()
    (content / "rootfs.img").write_bytes(b"an image\n")
    (content / "manifest.raucm").write_text(MANIFEST.format(compatible))
    certificate, key = folder / f"{signer}.crt", folder / f"{signer}.key"
    subprocess.run(
        ["rauc", f"--cert={certificate}", f"--key={key}", "bundle", content, bundle],
        check=True,
        capture_output=True,
    )
    return bundle


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for signer in ("fleet", "stranger"):
        make_ca(tmp_path, signer)
    for slot in ("a", "b"):
        (tmp_path / slot).write_bytes(bytes(1024 * 1024))
    (tmp_path / "bootloader").write_text(BOOTLOADER)
    (tmp_path / "bootloader").chmod(0o755)
    (tmp_path / "mnt").mkdir()
    (tmp_path / "system.conf").write_text(SYSTEM.format(tmp_path))
    bus = f"unix:path={tmp_path}/bus"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    monkeypatch.setenv("DBUS_STARTER_BUS_TYPE", "session")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", f"--address={bus}"], stderr=subprocess.DEVNULL
    )
    service = None
    try:
        until_s = time.monotonic() + 30
        while not (tmp_path / "bus").exists():
            assert time.monotonic() < until_s
            time.sleep(0.05)
        service = subprocess.Popen(
            ["rauc", "-c", tmp_path / "system.conf", "service", "--override-boot-slot=A"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_service(until_s)
        yield tmp_path
    finally:
        for process in filter(None, (service, daemon)):
            process.kill()
            process.wait()


def wait_for_service(until_s: float) -> None:
    while True:
        try:
            RaucProgram().slots()
        except UpdateError:
            assert time.monotonic() < until_s
            time.sleep(0.1)
        else:
            return


def test_the_real_program_tells_marks_refuses_and_installs(machine: Path) -> None:
    rauc = RaucProgram()
    slots = rauc.slots()
    assert (slots.compatible, slots.booted.name, slots.primary) == (
        "watchpost-test",
        "rootfs.0",
        "rootfs.0",
    )
    rauc.mark("bad")
    assert not rauc.slots().booted.good
    rauc.mark("good")
    assert rauc.slots().booted.good
    for name, signer, compatible, told in (
        ("foreign", "stranger", "watchpost-test", "not signed by anybody"),
        ("other", "fleet", "toaster", "for another kind of box"),
    ):
        with pytest.raises(UpdateError, match=told):
            rauc.install(make_bundle(machine, name, signer, compatible), lambda line: None)
    assert rauc.slots() == slots
    if not subprocess.run(["losetup", "-f"], capture_output=True, check=False).stdout.strip():
        pytest.skip("no loop device: installing is not tried")
    said: list[str] = []
    rauc.install(make_bundle(machine, "new", "fleet", "watchpost-test"), said.append)
    after = rauc.slots()
    assert (after.primary, after.slots[1].version) == ("rootfs.1", "2026.12")
    assert after.slots[1].image != slots.slots[1].image
    assert (machine / "b").read_bytes().startswith(b"an image")
