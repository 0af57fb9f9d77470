"""The table of faults names, for each row, a test or a benchmark that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FAULTS = (
    *("stalls", "unplugged", "hangs", "out of memory", "disk full", "hot", "clock", "network"),
    *("dying card", "power cut", "list damaged"),
)
GUIDE = ROOT / "docs" / "reliability.md"


def rows() -> list[list[str]]:
    """Cells of the first table, without its head."""
    lines = [one for one in GUIDE.read_text("utf-8").splitlines() if one.startswith("| ")]
    table = lines[: next(n for n, one in enumerate(lines) if one.count("|") != 7)]
    return [[cell.strip() for cell in one.split("|")[1:-1]] for one in table[2:]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_fault_has_times_a_loss_and_a_program_that_makes_it(row: list[str]) -> None:
    assert all(row)
    named = re.findall(r"`([\w/]+\.py)`", row[-1])
    assert named
    for name in named:
        path = ROOT / name if name.startswith("benchmarks/") else ROOT / "tests" / name
        assert re.search(r"^def (test_|main)", path.read_text("utf-8"), re.MULTILINE), name


def test_the_table_has_every_fault_that_a_box_must_look_after() -> None:
    told = " ".join(row[0] for row in rows())
    assert [one for one in FAULTS if one not in told] == []
