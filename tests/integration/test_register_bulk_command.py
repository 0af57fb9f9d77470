"""``watchpost register add --csv`` as a process: killed in the middle, it goes on where it was."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.register.people_csv import COLUMNS

ROOT = Path(__file__).parents[2]
TODAY = datetime.now(UTC).date()


class Desk:
    """An operator's desk with a register and a table of people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = folder / "people.csv"
        self.report = folder / "people.report.csv"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "WATCHPOST_REGISTER": str(folder / "register"),
            "WATCHPOST_PASSPHRASE": "correct horse battery",
        }
        (folder / "form.pdf").write_bytes(b"I agree.")
        self("init", folder / "register", "--list", "guests", "--purpose", "Greet our guests.")

    def __call__(self, *words: object, expect: int = 0) -> str:
        done = subprocess.run(
            self.command(0, *words), env=self.environment, cwd=self.folder,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == expect, done.stderr
        return done.stdout + done.stderr

    def command(self, photo_s: float, *words: object) -> list[str]:
        script = ROOT / "tests/integration/register_process.py"
        return [sys.executable, str(script), str(photo_s), *map(str, words)]

    def start(self, photo_s: float, **pipes: Any) -> subprocess.Popen[bytes]:
        command = self.command(photo_s, "add", "--csv", "people.csv")
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, **pipes)

    def write(self, count: int, *more: dict[str, str]) -> None:
        people = [self.person(number) for number in range(count)]
        with self.people.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows([*people, *more])

    def person(self, number: int, **other: str) -> dict[str, str]:
        photo = self.folder / f"{number}.jpg"
        photo.write_text(f"person{number:05} 1")
        return {
            "name": f"Person {number}",
            "list": "guests",
            "photos": photo.name,
            "consent": "form.pdf",
            "given_by": "self",
            "given_on": str(TODAY - timedelta(days=7)),
            "expires": str(TODAY + timedelta(days=300)),
            "sites": "*",
        } | other

    def enrolled(self) -> int:
        lines = (self.folder / "register" / "audit.log").read_text().splitlines()
        return sum('"action":"add"' in line for line in lines)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_killed_three_times_it_still_enrols_everybody_once(desk: Desk) -> None:
    desk.write(60)
    for until in (8, 25, 44):
        process = desk.start(0.01, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 40
        while desk.enrolled() < until and time.monotonic() < deadline:
            time.sleep(0.005)
        process.kill()
        assert process.wait(10) == -9
    held = len(desk("list").split("live until")) - 1
    assert 44 - 3 <= held < 60  # a kill can leave a line without its deed
    said = desk("add", "--csv", "people.csv")
    assert f"Rows: 60. Enrolled {60 - held}, enrolled before {held}, refused 0." in said
    assert "60 entries." in desk("list")
    assert len(list((desk.folder / "register" / "consents").iterdir())) == 60
    desk("audit")


def test_refused_rows_end_it_with_exit_6_and_the_mended_report_can_be_given_again(
    desk: Desk,
) -> None:
    desk.write(2, desk.person(7, list="nobody"))
    said = desk("add", "--csv", "people.csv", expect=6)
    assert "Rows: 3. Enrolled 2, enrolled before 0, refused 1." in said
    with desk.report.open(newline="") as file:
        found = list(csv.DictReader(file))
    refused = next(row for row in found if row["result"] == "refused")
    assert (refused["row"], refused["name"]) == ("4", "Person 7")
    assert "no list nobody" in refused["problem"]
    assert desk.report.stat().st_mode & 0o777 == 0o600
    mended = desk.folder / "mended.csv"
    mended.write_text(desk.report.read_text().replace(",nobody,", ",guests,"))
    assert "Enrolled 1, enrolled before 2, refused 0." in desk("add", "--csv", mended)


def test_photos_of_a_table_are_kept_when_asked_for(desk: Desk) -> None:
    desk.write(3)
    desk("add", "--csv", "people.csv", "--keep-photos")
    assert len(list((desk.folder / "register" / "photos").iterdir())) == 3


def test_there_is_a_progress_bar_on_a_terminal_and_none_elsewhere(desk: Desk) -> None:
    desk.write(3)
    assert "[" not in desk("add", "--csv", "people.csv")
    desk.write(6)
    ours, theirs = pty.openpty()
    process = desk.start(0.0, stdout=subprocess.DEVNULL, stderr=theirs)
    assert process.wait(60) == 0
    shown = os.read(ours, 4096).decode()
    os.close(theirs)
    os.close(ours)
    assert "[##############################] 6/6  0:00:00 left  0 refused" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "needed: --name, --list, --photo, --given-by, --given-on, --site, or --csv"),
        (("--csv", "people.csv", "--name", "Ada"), "not with --csv: --name"),
        (("--report", "r.csv", "--name", "Ada"), "needed: --list"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    assert said in desk("add", *words, expect=2)
