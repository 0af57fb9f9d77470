"""Each health check finds its own trouble, and says cause, effect and remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.status.checks import CHECKS, Finding, Severity, run_checks
from edge.status.machine import Machine
from edge.status.run_files import ListFile
from edge.status.snapshot import Snapshot, view_process
from edge.status.tiles import make_tiles
from edge.values import Condition, ProcessState
from tests.unit.status.page_fakes import NOW, figured, snapshot, state


def listed(left_days: float, life_days: float = 30) -> ListFile:
    """A list in force, with so much of its life left."""
    expires_at = NOW + timedelta(days=left_days)
    issued_at = expires_at - timedelta(days=life_days)
    return ListFile(format=1, version=3, issued_at=issued_at, expires_at=expires_at)


def in_trouble(process: str, part: str, **figures: float) -> ProcessState:
    """A process that goes on with one part of the box in trouble, as the service shows it."""
    said = figured(process, **figures)
    words = {"problem": "Something is wrong there.", "remedy": "Mend it."}
    return replace(said, condition=Condition.DEGRADED, part=part, **words)


def on(machine: Machine) -> Snapshot:
    """A box that works, on this machine."""
    return replace(snapshot(), machine=machine)


def updated(condition: Condition, ago_s: float = 0.0, **words: str) -> Snapshot:
    """A box that works, on which ``watchpost update`` said this last."""
    at = NOW - timedelta(seconds=ago_s)
    said = ProcessState("update", 1, at, at, condition, **words)  # type: ignore[arg-type]
    return replace(snapshot(), update=view_process("update", said, NOW))


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
    (
        "camera",
        Severity.FAILURE,
        snapshot(recognise=in_trouble("recognise", "camera", frame_age_s=9.0)),
    ),
    ("camera", Severity.WARNING, snapshot(recognise=in_trouble("recognise", "camera"))),
    ("frames", Severity.FAILURE, snapshot(recognise=figured("recognise", frame_age_s=5.0))),
    (
        "sight",
        Severity.WARNING,
        snapshot(recognise=replace(RECOGNISE, facts={"blind.door": "black"})),
    ),
    ("store", Severity.FAILURE, STORE),
    ("reporter", Severity.FAILURE, snapshot(report=None)),
    ("clock", Severity.WARNING, snapshot(recognise=figured("recognise", clock_trusted=0))),
    ("watchlist", Severity.WARNING, snapshot(recognise=figured("recognise", watchlist_version=0))),
    ("watchlist", Severity.WARNING, snapshot(recognise=figured("recognise", watchlist_people=0))),
    ("losses", Severity.WARNING, snapshot(report=figured("report", lost_hits_lately=3))),
    ("losses", Severity.WARNING, snapshot(recognise=figured("recognise", lost_hits_total=1))),
    ("damage", Severity.WARNING, snapshot(report=figured("report", damaged_spools=1))),
    ("broker", Severity.WARNING, snapshot(report=figured("report", connected=0))),
    ("broker", Severity.WARNING, snapshot(report=in_trouble("report", "broker", connected=0))),
    ("reporter", Severity.FAILURE, snapshot(report=in_trouble("report", "spool"))),
    ("list_source", Severity.WARNING, snapshot(report=in_trouble("report", "watchlist"))),
    ("list_file", Severity.WARNING, snapshot(recognise=in_trouble("recognise", "watchlist"))),
    (
        "budget",
        Severity.WARNING,
        snapshot(recognise=replace(RECOGNISE, facts={"budget": "With 4,000 people …."})),
    ),
    ("update", Severity.WARNING, updated(Condition.STOPPED, problem="It failed.", remedy="Wait.")),
    ("update", Severity.WARNING, updated(Condition.RUNNING, ago_s=70)),
    ("backlog", Severity.WARNING, snapshot(report=figured("report", backlog_hits=1001))),
    ("recording", Severity.FAILURE, snapshot(recognise=figured("recognise", recording=0))),
    (
        "recording",
        Severity.FAILURE,
        snapshot(recognise=in_trouble("recognise", "spool", recording=0, waiting_hits=2)),
    ),
    ("list_age", Severity.WARNING, snapshot(report=figured("report", watchlist_age_s=2e5))),
    ("list_expiry", Severity.WARNING, replace(snapshot(), watchlist=listed(left_days=2))),
    ("list_expiry", Severity.FAILURE, replace(snapshot(), watchlist=listed(left_days=-1))),
    ("disk", Severity.WARNING, on(Machine(disk_free_bytes=100 * 2**20, disk_bytes=2**34))),
    ("memory", Severity.WARNING, on(Machine(memory_free_bytes=40 * 2**20))),
    (
        "page",
        Severity.WARNING,
        snapshot(status=replace(state("status"), updated_at=NOW - timedelta(minutes=2))),
    ),
    ("page", Severity.WARNING, snapshot(status=in_trouble("status", ""))),
    ("power", Severity.WARNING, on(Machine(throttled=True, under_voltage=True))),
    ("heat", Severity.WARNING, on(Machine(temperature_c=83.0))),
    ("heat", Severity.WARNING, on(Machine(throttled=True, under_voltage=False))),
    ("heat", Severity.WARNING, snapshot(recognise=figured("recognise", frame_share=0.25))),
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


def test_an_update_that_goes_on_or_ended_well_gives_no_finding() -> None:
    assert run_checks(updated(Condition.RUNNING, ago_s=30)) == ()
    assert run_checks(updated(Condition.STOPPED, ago_s=1e6)) == ()


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


def test_every_check_is_a_file_of_its_own() -> None:
    files = [check.__module__ for check in CHECKS.values()]
    assert len(set(files)) == len(CHECKS)


def test_every_check_has_a_trouble_here() -> None:
    assert {check for check, *_ in TROUBLES} == set(CHECKS)


def test_a_list_with_a_short_life_is_not_complained_of_all_the_time() -> None:
    young = replace(snapshot(), watchlist=listed(left_days=1, life_days=1.5))
    assert run_checks(young) == ()


@pytest.mark.parametrize(
    ("share", "words"), [(0.5, "every second"), (0.25, "every fourth"), (0.125, "every eighth")]
)
def test_pictures_that_are_left_out_for_heat_are_told(share: float, words: str) -> None:
    seen = snapshot(recognise=figured("recognise", frame_share=share))
    (found,) = run_checks(seen)
    assert f"Only {words} picture is looked at" in found.effect
    camera = next(one for one in make_tiles(seen, (found,)) if one.name == "camera")
    assert ("Looked at, because of heat", f"{words} picture") in camera.lines


def test_at_the_full_rate_nothing_is_said_of_heat() -> None:
    seen = snapshot(recognise=figured("recognise", frame_share=1.0))
    assert run_checks(seen) == ()
    camera = next(one for one in make_tiles(seen, ()) if one.name == "camera")
    assert "Looked at, because of heat" not in dict(camera.lines)


def test_each_of_several_cameras_is_told_of() -> None:
    said = state("recognise")
    facts = {**said.facts, "camera": "door, yard", "camera.yard": "gives no pictures"}
    seen = snapshot(recognise=replace(said, facts=facts))
    camera = next(one for one in make_tiles(seen, ()) if one.name == "camera")
    assert ("Camera", "door, yard") in camera.lines
    assert ("Camera yard", "gives no pictures") in camera.lines
