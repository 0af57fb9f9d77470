"""The verdict says in words how the box is, and what to do first when it is not well."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta, timezone

from edge.status.snapshot import HITS_KEPT
from edge.status.verdict import Level, judge
from edge.values import Condition
from tests.unit.status.page_fakes import NOW, figured, hit, snapshot, state


def test_a_box_that_works_is_told_in_one_line() -> None:
    verdict = judge(snapshot(hit(1), hit(2)), UTC)
    assert verdict.level is Level.GOOD
    assert f"{verdict.headline} {verdict.details}" == (
        "Working. 2 hits today. Watchlist 4 minutes old, 12 people."
    )
    assert verdict.remedy == ""


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(state("recognise"), figures={})
    silent = replace(state("report"), figures={})
    assert judge(snapshot(recognise=bare, report=silent), UTC).details == "No hits today."


def test_one_person_is_not_called_people() -> None:
    verdict = judge(snapshot(hit(1), recognise=figured("recognise", watchlist_people=1)), UTC)
    assert verdict.details == "1 hit today. Watchlist 4 minutes old, 1 person."


def test_today_begins_at_the_readers_midnight() -> None:
    found = snapshot(hit(1, NOW - timedelta(hours=13)))
    assert judge(found, UTC).details.startswith("No hits today.")
    east = timezone(timedelta(hours=11))
    assert judge(found, east).details.startswith("1 hit today.")


def test_more_hits_than_are_kept_are_not_counted_as_if_they_were_all() -> None:
    verdict = judge(snapshot(*(hit(number) for number in range(HITS_KEPT))), UTC)
    assert verdict.details.startswith(f"At least {HITS_KEPT} hits today.")


def test_the_first_thing_to_do_comes_with_cause_and_effect() -> None:
    blind = replace(
        state("recognise"),
        condition=Condition.DEGRADED,
        problem="The camera /dev/video0 cannot be found.",
        remedy="Check its cable.",
    )
    verdict = judge(snapshot(recognise=blind), UTC)
    assert verdict.level is Level.FAILURE
    assert verdict.headline == "The recogniser needs attention."
    assert verdict.details.startswith("The camera /dev/video0 cannot be found. People may not")
    assert verdict.remedy == "Check its cable."


def test_a_failure_is_told_before_a_warning() -> None:
    verdict = judge(snapshot(recognise=figured("recognise", clock_trusted=0), report=None), UTC)
    assert [one.check for one in verdict.findings] == ["reporter", "clock"]
    assert verdict.headline == "Hits are not sent."
    assert [one.check for one in verdict.others] == ["clock"]


def test_a_warning_alone_does_not_say_that_all_is_well() -> None:
    verdict = judge(snapshot(report=figured("report", connected=0, backlog_hits=3)), UTC)
    assert verdict.level is Level.WARNING
    assert verdict.headline == "Watching, but hits are not sent."
    assert "3 hits kept on this box until it is back." in verdict.details
