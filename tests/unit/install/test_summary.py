"""What `watchpost install` says at its end: the page's address, and the notice as a QR code."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.cli.install import set_up
from edge.compose.install import command
from edge.install.answers import Answers
from edge.install.machine import Machine
from edge.values import Bytes
from tests.fakes.accountant import machine_below

# Both halves of a sign: is the upper one light, is the lower one.
HALVES = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_below(tmp_path)


def said_of(capsys: pytest.CaptureFixture[str], machine: Machine, *, dry_run: bool) -> list[str]:
    answers = Answers(box="door-1", site="home-7", camera="/dev/video0", page_host="192.0.2.7")
    set_up(machine, answers, None, dry_run=dry_run)
    return capsys.readouterr().out.splitlines()


def picture_of(lines: list[str]) -> Bytes:
    """The code as a camera would see it: 8 pixels a module."""
    signs = [line for line in lines if line and set(line) <= set(HALVES)]
    rows = [[HALVES[sign][half] for sign in line] for line in signs for half in (0, 1)]
    return np.kron(np.array(rows, np.uint8), np.ones((8, 8), np.uint8))


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_summary_ends_with_the_pages_address_and_the_notices_qr_code(
    machine: Machine, capsys: pytest.CaptureFixture[str], dry_run: bool
) -> None:
    lines = said_of(capsys, machine, dry_run=dry_run)
    (changes,) = [line for line in lines if " changes " in line]
    assert changes.endswith("changes would be made." if dry_run else "changes made.")
    told = "\n".join(lines)
    assert "Box door-1 at home-7; its page: https://192.0.2.7:8087/" in told
    assert "watchpost status password" in told
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(picture_of(lines))
    assert read == "https://192.0.2.7:8087/notice"


@pytest.mark.parametrize(("found", "word"), [("/usr/bin/watchpost", "watchpost"), (None, "/")])
def test_what_to_type_next_is_found_by_sudo(
    monkeypatch: pytest.MonkeyPatch, found: str | None, word: str
) -> None:
    monkeypatch.setattr("edge.compose.install.shutil.which", lambda name, path: found)
    assert command().startswith(word)
    assert command().endswith("watchpost")


def test_every_change_of_a_dry_run_is_one_that_is_then_made(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = [
        line.removeprefix("would ")
        for line in said_of(capsys, machine, dry_run=True)
        if line.startswith("would ")
    ]
    made = said_of(capsys, machine, dry_run=False)
    assert len(planned) > 20
    assert made[: len(planned)] == planned
    assert made[len(planned)] == f"{len(planned)} changes made."
