"""Each health check finds its own trouble, and says cause, effect and remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.status.checks import CHECKS, Finding, Severity, run_checks
from edge.status.snapshot import Snapshot
from edge.values import Condition
from tests.unit.status.page_fakes import NOW, figured, snapshot, state

RECOGNISE = state("recognise")
STORE = replace(snapshot(), counts=None, store_problem="It is damaged.", store_remedy="Mend it.")
TROUBLES: list[tuple[str, Severity, Snapshot]] = [
    ("recogniser", Severity.FAILURE, snapshot(recognise=None)),
    (
        "recogniser",
        Severity.FAILURE,
        snapshot(recognise=replace(RECOGNISE, updated_at=NOW - timedelta(seconds=6))),
    ),
    (
        "recogniser",
        Severity.FAILURE,
        snapshot(recognise=replace(RECOGNISE, condition=Condition.STOPPED)),
    ),
    (
        "recogniser",
        Severity.FAILURE,
        snapshot(recognise=replace(RECOGNISE, condition=Condition.STARTING)),
    ),
    (
        "recogniser",
        Severity.FAILURE,
        snapshot(recognise=replace(RECOGNISE, condition=Condition.DEGRADED)),
    ),
    ("frames", Severity.FAILURE, snapshot(recognise=figured("recognise", frame_age_s=5.0))),
    ("store", Severity.FAILURE, STORE),
    ("reporter", Severity.FAILURE, snapshot(report=None)),
    ("clock", Severity.WARNING, snapshot(recognise=figured("recognise", clock_trusted=0))),
    ("watchlist", Severity.WARNING, snapshot(recognise=figured("recognise", watchlist_version=0))),
    ("watchlist", Severity.WARNING, snapshot(recognise=figured("recognise", watchlist_people=0))),
    ("losses", Severity.WARNING, snapshot(report=figured("report", lost_hits_lately=3))),
    ("losses", Severity.WARNING, snapshot(recognise=figured("recognise", lost_hits_total=1))),
    ("damage", Severity.WARNING, snapshot(report=figured("report", damaged_spools=1))),
    ("broker", Severity.WARNING, snapshot(report=figured("report", connected=0))),
]


def test_a_box_that_works_gives_no_finding() -> None:
    assert run_checks(snapshot()) == ()


@pytest.mark.parametrize(("check", "severity", "seen"), TROUBLES)
def test_a_trouble_is_found_by_its_own_check_alone(
    check: str, severity: Severity, seen: Snapshot
) -> None:
    (found,) = run_checks(seen)
    assert (found.check, found.severity) == (check, severity)


@pytest.mark.parametrize("seen", [seen for *_, seen in TROUBLES])
def test_every_text_of_a_finding_is_whole_sentences(seen: Snapshot) -> None:
    (found,) = run_checks(seen)
    for text in (found.headline, found.problem, found.effect, found.remedy):
        assert text[0].isupper()
        assert text.endswith(".")


def test_a_figure_that_is_not_reported_is_not_held_against_the_box() -> None:
    bare = replace(RECOGNISE, figures={})
    assert run_checks(snapshot(recognise=bare, report=replace(state("report"), figures={}))) == ()


def test_what_a_silent_process_said_last_is_kept_in_sight() -> None:
    hanging = replace(
        RECOGNISE,
        updated_at=NOW - timedelta(minutes=3),
        condition=Condition.DEGRADED,
        problem="The camera is busy.",
        remedy="Close the other program.",
    )
    (found,) = run_checks(snapshot(recognise=hanging))
    assert found.problem == (
        "The recogniser has not responded for 3 minutes. It last said: The camera is busy."
    )
    assert found.remedy == "Close the other program."


def test_every_check_takes_an_empty_box() -> None:
    empty = replace(snapshot(recognise=None, report=None, status=None), counts=None)
    found = [check(empty) for check in CHECKS.values()]
    assert [one.check for one in found if isinstance(one, Finding)] == [
        "recogniser",
        "store",
        "reporter",
    ]
