"""What the Debian package removes by itself is what the installer puts in place."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from edge.install import firmware
from edge.install.declared import users
from edge.install.keys import key_drop_ins, key_files
from edge.install.removal import SETTINGS, STATE

DEB = Path(__file__).parents[3] / "packaging" / "deb"
POSTRM = (DEB / "postrm").read_text()


@pytest.mark.parametrize(
    "path",
    [*key_files(), *key_drop_ins(), *firmware.PLACES, firmware.PI_FILE, STATE, SETTINGS],
)
def test_purging_the_package_removes(path: str) -> None:
    assert path in POSTRM.replace(";", " ").split()


def test_purging_the_package_removes_every_user_that_it_adds() -> None:
    parts = " ".join(one.removeprefix("watchpost-") for one in users())
    for script in (POSTRM, (DEB / "postinst").read_text()):
        assert f"for part in {parts}; do" in script


def test_keys_go_before_the_list_and_the_list_before_the_rest() -> None:
    first, then, last = (POSTRM.index(one) for one in ("shred", f"{STATE}/watchlist ", SETTINGS))
    assert first < then < last


@pytest.mark.parametrize("end", ["otg_mode=1\n", "otg_mode=1\n\n[all]\ndtoverlay=x\n"])
def test_purging_the_package_takes_the_line_out_of_a_raspberry_pis_file(
    tmp_path: Path, end: str
) -> None:
    config = tmp_path / "config.txt"
    config.write_text(f"arm_64bit=1\n[cm4]\n{end}[all]\n{firmware.PI_LINE}\n")
    part = POSTRM[POSTRM.index("  config=") : POSTRM.index("  rm -f /boot")]
    part = part.replace(firmware.PI_CONFIG, str(config))
    subprocess.run(["/bin/sh", "-eu", "-c", part], check=True)
    assert config.read_text() == f"arm_64bit=1\n[cm4]\n{end}"
