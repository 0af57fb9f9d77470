"""The unit files are understood by systemd and start the three commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.processes.supervisor import LIMITS_S, PROCESSES

UNITS = Path(__file__).parents[2] / "systemd"
UNIT_FILES = [one for one in UNITS.iterdir() if one.suffix in (".service", ".path", ".timer")]


@pytest.mark.parametrize("name", sorted(one.name for one in UNIT_FILES))
def test_a_unit_is_understood_by_systemd(name: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze is missing: apt-get install systemd"
    for one in UNIT_FILES:  # a path unit wants its service beside it
        # verify wants the program to exist; any that does will do.
        text = one.read_text().replace("/opt/watchpost/bin/watchpost", sys.executable)
        (tmp_path / one.name).write_text(text)
    unit = tmp_path / name
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


@pytest.mark.parametrize(
    ("name", "most"), [("recognise", 0.7), ("report", 1.1), ("status", 1.1), ("update", 0.7)]
)
def test_a_unit_is_exposed_no_more_than_this(name: str, most: float) -> None:
    unit = UNITS / f"watchpost-{name}.service"
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={int(most * 10)}", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout[-500:] + said.stderr


def test_a_unit_waits_as_long_for_progress_as_watchpost_run_does() -> None:
    for name, limit_s in LIMITS_S.items():
        text = (UNITS / f"watchpost-{name}.service").read_text()
        assert f"WatchdogSec={limit_s:g}\n" in text
        assert "Type=notify" in text
        assert "Restart=always" in text
        assert "network-online" not in text


def test_users_and_folders_are_made_as_the_units_need_them(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for program, option, name in (
        ("systemd-sysusers", [], "sysusers"),
        ("systemd-tmpfiles", ["--create"], "tmpfiles"),
    ):
        subprocess.run(
            [program, f"--root={tmp_path}", *option, UNITS / f"watchpost.{name}"],
            check=True,
            capture_output=True,
        )
    users = (tmp_path / "etc" / "passwd").read_text()
    groups = (tmp_path / "etc" / "group").read_text()
    group = groups.partition("watchpost:x:")[2].partition(":")[0]
    for name in PROCESSES:
        text = (UNITS / f"watchpost-{name}.service").read_text()
        assert f"User=watchpost-{name}\nGroup=watchpost\n" in text
        line = next(one for one in users.splitlines() if one.startswith(f"watchpost-{name}:"))
        assert line.split(":")[3] == group
    state, run = tmp_path / "var/lib/watchpost", tmp_path / "run/watchpost"
    assert (state.stat().st_mode & 0o7777, run.stat().st_mode & 0o7777) == (0o2770, 0o3770)
