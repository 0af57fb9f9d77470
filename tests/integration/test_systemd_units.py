"""The unit files are understood by systemd and start the three commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.processes.supervisor import PROCESSES

UNITS = Path(__file__).parents[2] / "systemd"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_unit_is_understood_by_systemd(name: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze is missing: apt-get install systemd"
    text = (UNITS / f"watchpost-{name}.service").read_text()
    # verify wants the program to exist; any that does will do.
    unit = tmp_path / f"watchpost-{name}.service"
    unit.write_text(text.replace("/opt/watchpost/bin/watchpost", sys.executable))
    said = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert str(unit) not in said.stderr


@pytest.mark.parametrize("name", PROCESSES)
def test_a_unit_runs_its_own_command(name: str) -> None:
    text = (UNITS / f"watchpost-{name}.service").read_text()
    assert f"/bin/watchpost {name} --config /etc/watchpost/watchpost.toml" in text


def test_only_recognise_has_the_camera_and_only_it_has_no_network() -> None:
    for name in PROCESSES:
        text = (UNITS / f"watchpost-{name}.service").read_text()
        assert ("SupplementaryGroups=video" in text) is (name == "recognise")
        assert ("PrivateNetwork=yes" in text) is (name == "recognise")
        assert ("PrivateDevices=yes" in text) is (name != "recognise")
