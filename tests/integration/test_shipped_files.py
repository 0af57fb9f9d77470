"""Shell scripts and configuration files have no fault that their own programs know.

Units are in ``test_systemd_units.py``; the broker's configuration also carries real traffic in
``test_delivery_example_broker.py``.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Also what is not committed yet.
LISTED = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
FIREWALLS = sorted((ROOT / "firmware_config").rglob("*.nft"))


def shell_scripts() -> list[Path]:
    """Every file of the checkout whose first line asks for a shell."""
    listed = subprocess.run(LISTED, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [one for one in files if one.is_file() and asks_for_a_shell(one)]


def asks_for_a_shell(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(200)
    asked = first.startswith(b"#!") and b"sh" in first.rpartition(b"/")[2]
    return asked or path.suffix == ".sh"


def test_every_shell_script_is_without_a_fault_that_shellcheck_knows() -> None:
    scripts = shell_scripts()
    names = {one.name for one in scripts}
    assert {"build.sh", "test.sh", "postinst", "prerm", "postrm"} <= names
    said = subprocess.run(
        ["shellcheck", "--external-sources", *scripts],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("rules", FIREWALLS, ids=lambda path: path.name)
def test_a_firewall_is_understood_by_the_kernel(rules: Path) -> None:
    # A network of its own, where everybody may ask: -c changes nothing, but asks as root.
    apart = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    said = subprocess.run(
        [*apart, "/usr/sbin/nft", "--check", "--file", rules],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr


def test_there_is_a_firewall_to_check() -> None:
    assert FIREWALLS


def test_the_example_settings_are_toml() -> None:
    assert tomllib.loads((ROOT / "firmware_config" / "watchpost.example.toml").read_text())
