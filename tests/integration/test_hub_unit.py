"""The hub's unit file is understood by systemd and starts the hub."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

UNIT = Path(__file__).parents[2] / "systemd" / "watchpost-hub.service"


def test_the_hubs_unit_is_understood_by_systemd(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze is missing: apt-get install systemd"
    # verify wants the program to exist; any that does will do.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/watchpost/bin/watchpost", sys.executable))
    said = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert str(unit) not in said.stderr


def test_the_hubs_unit_runs_the_hub_without_privileges() -> None:
    text = UNIT.read_text()
    assert "/bin/watchpost hub run " in text
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
        assert line in text


def test_the_hubs_user_is_made_by_the_file_that_is_installed_with_its_unit(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    file = UNIT.with_suffix(".sysusers")
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", file], check=True)
    user = UNIT.read_text().partition("\nUser=")[2].partition("\n")[0]
    assert f"\n{user}:" in "\n" + (tmp_path / "etc" / "passwd").read_text()
