"""The drop-ins of firmware_config/ are read by the programs they are for, where these are here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware_config"
DROP_INS = {
    "watchpost-recognise.service": FIRMWARE / "jetson/watchpost-csi.conf",
    "watchpost-status.service": FIRMWARE / "raspberry_pi/watchpost-led.conf",
}


def verified(folder: Path, *units: str) -> str:
    said = subprocess.run(
        ["systemd-analyze", "verify", *units],
        env={"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr
    return said.stderr


def put(folder: Path, unit: Path) -> None:
    """A unit with a program that is here in the place of its own."""
    text = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", unit.read_text(), flags=re.M)
    (folder / unit.name).write_text(text)


@pytest.mark.parametrize("name", DROP_INS)
def test_a_drop_in_for_a_unit_is_understood_by_systemd(name: str, tmp_path: Path) -> None:
    put(tmp_path, ROOT / "systemd" / name)
    folder = tmp_path / f"{name}.d"
    folder.mkdir()
    shutil.copy(DROP_INS[name], folder)
    assert str(tmp_path) not in verified(tmp_path, name)


def test_the_unit_for_a_jetsons_power_mode_is_understood_by_systemd(tmp_path: Path) -> None:
    put(tmp_path, FIRMWARE / "jetson/watchpost-power.service")
    assert str(tmp_path) not in verified(tmp_path, "watchpost-power.service")


def test_the_lines_for_fstab_are_understood() -> None:
    said = subprocess.run(
        ["findmnt", "--verify", "--tab-file", FIRMWARE / "generic/fstab.example"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "0 parse errors" in said.stdout + said.stderr, said.stdout


@pytest.mark.skipif(not shutil.which("chronyd", path="/usr/sbin:/usr/bin"), reason="no chrony")
def test_the_settings_for_chrony_are_understood() -> None:
    drop_in = FIRMWARE / "generic/chrony.conf"
    said = subprocess.run(
        ["/usr/sbin/chronyd", "-p", "-f", drop_in],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr


def test_every_folder_of_a_board_has_a_readme_that_names_its_files() -> None:
    for folder in ("generic", "raspberry_pi", "jetson", "rauc"):
        text = (FIRMWARE / folder / "README.md").read_text()
        names = {one.name for one in (FIRMWARE / folder).iterdir()} - {"README.md"}
        assert names
        assert not [name for name in names if name not in text]
