"""``watchpost config`` shows settings as they are written, hides passwords, and checks."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "edge.cli.main", "config"]


def config(path: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    path.write_text(text)
    command = [*COMMAND, *words, "--config", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_what_is_shown_is_a_settings_file_that_means_the_same(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    said = config(path, "[decision]\nre_alert_interval = '90s'\n", "show")
    tree = tomllib.loads(said.stdout)
    assert tree["decision"]["re_alert_interval"] == "90s"
    assert tree["camera"]["read_timeout"] == "3s"


@pytest.mark.parametrize("words", [("show",), ("show", "--json")])
def test_the_password_of_a_camera_is_not_shown(tmp_path: Path, words: tuple[str, ...]) -> None:
    text = "[camera]\nsource = 'rtsp://me:secret@cam/1'\n"
    said = config(tmp_path / "one.toml", text, *words)
    assert "rtsp://me:***@cam/1" in said.stdout
    assert "secret" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 0),
        ("[watchlist]\nkeys = ['no key']\n", 2),
        ("[pack]\nname = 'absent'\n", 4),
        ("[camera]\nsource = 'http://cam/1'\n", 2),
        ("[camera]\nsorce = 'x'\n", 2),
    ],
)
def test_check_finds_what_a_run_would_refuse(tmp_path: Path, text: str, code: int) -> None:
    said = config(tmp_path / "one.toml", text, "check")
    assert said.returncode == code, said.stderr
    assert "Traceback" not in said.stderr
