"""The operator's guide names a check for every failure, and a failure for every check."""

from __future__ import annotations

import re
from pathlib import Path

from edge.status.checks import CHECKS

GUIDE = Path(__file__).parents[3] / "docs" / "operator.md"
FAILURES = (  # as the issues name them
    *("stalls", "unplugged", "lens", "hangs", "memory", "disk is full", "read-only", "hot"),
    *("voltage", "time of day", "network", "errors", "damaged store", "hard cap", "refuses"),
    *("expired", "too old", "another model pack", "budget", "sealed list", "source is away"),
)


def table() -> dict[str, set[str]]:
    """Failures and the checks that tell of them."""
    section = GUIDE.read_text("utf-8").partition("### What the page finds")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ")]
    return {what.strip(): set(re.findall(r"`(\w+)`", check)) for what, check in rows[1:]}


def test_every_check_that_the_table_names_is_registered_and_the_other_way_round() -> None:
    named = set().union(*table().values())
    assert named == set(CHECKS)


def test_every_failure_has_a_check() -> None:
    assert [what for what, checks in table().items() if not checks and "---" not in what] == []
    told = " ".join(table())
    assert [what for what in FAILURES if what not in told] == []
