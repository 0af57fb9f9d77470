"""A snapshot tells fresh from old, and survives whatever lies in the run folder."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.runtime.state_file import write_state
from edge.status.snapshot import Observer, Standing, view_process
from edge.values import Condition
from tests.fakes.clock import FakeClock
from tests.unit.status.page_fakes import IDENTITY, NOW, FakeHitLog, hit, observe, state


def standing_after(seconds: float, condition: Condition) -> Standing:
    said = replace(state("report"), condition=condition)
    return view_process("report", said, NOW + timedelta(seconds=seconds)).standing


def test_a_running_process_is_silent_after_five_seconds() -> None:
    assert standing_after(5, Condition.RUNNING) is Standing.RUNNING
    assert standing_after(5.1, Condition.RUNNING) is Standing.SILENT


@pytest.mark.parametrize("condition", [Condition.STARTING, Condition.DEGRADED])
def test_a_process_that_tries_again_keeps_its_remedy_in_sight_for_half_a_minute(
    condition: Condition,
) -> None:
    assert standing_after(12, condition) is Standing(condition.value)
    assert standing_after(31, condition) is Standing.SILENT


def test_a_process_that_was_stopped_is_not_called_silent() -> None:
    assert standing_after(3600, Condition.STOPPED) is Standing.STOPPED


def test_a_time_stamp_from_the_future_does_not_look_fresh() -> None:
    assert standing_after(-60, Condition.RUNNING) is Standing.SILENT


def test_a_missing_state_file_reads_as_a_process_that_has_not_reported(tmp_path: Path) -> None:
    seen = Observer(IDENTITY, tmp_path, FakeHitLog(), FakeClock()).look()
    assert {one.standing for one in seen.processes} == {Standing.ABSENT}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"process": 1}', b"\xff" * 100_000])
def test_a_damaged_state_file_reads_as_a_process_that_has_not_reported(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "recognise.json").write_bytes(content)
    seen = Observer(IDENTITY, tmp_path, FakeHitLog(), FakeClock()).look()
    assert seen.recognise.standing is Standing.ABSENT


def test_a_state_without_a_time_zone_counts_as_none(tmp_path: Path) -> None:
    write_state(tmp_path, state("report"))
    document = json.loads((tmp_path / "report.json").read_text())
    document["updated_at"] = "2026-06-01T12:00:00"
    (tmp_path / "report.json").write_text(json.dumps(document))
    seen = Observer(IDENTITY, tmp_path, FakeHitLog(), FakeClock()).look()
    assert seen.report.standing is Standing.ABSENT


def test_a_password_in_an_address_is_masked() -> None:
    said = replace(
        state("recognise"),
        facts={"source": "rtsp://admin:pa//ss@word@10.0.0.9/stream"},
        problem="Nothing answers at rtsp://admin:secret@10.0.0.9.",
    )
    seen = view_process("recognise", said, NOW)
    assert seen.fact("source") == "rtsp://***@10.0.0.9/stream"
    assert seen.state is not None
    assert "secret" not in seen.state.problem


def test_a_figure_that_is_no_number_is_left_out() -> None:
    said = replace(state("report"), figures={"backlog_hits": float("nan"), "connected": 1.0})
    assert view_process("report", said, NOW).figure("backlog_hits") is None


def test_a_store_that_cannot_be_read_is_a_value_and_not_an_exception(tmp_path: Path) -> None:
    log = FakeHitLog(hit(1))
    log.broken = True
    seen = Observer(IDENTITY, tmp_path, log, FakeClock()).look()
    assert seen.counts is None
    assert (seen.store_problem, seen.store_remedy) == (
        "The spool is damaged.",
        "Restart the recogniser.",
    )


def test_many_looks_at_one_moment_read_once(tmp_path: Path) -> None:
    log, clock = FakeHitLog(hit(1)), FakeClock()
    observer = Observer(IDENTITY, tmp_path, log, clock)
    assert observer.look() is observer.look()
    assert log.reads == 1
    clock.advance(0.5)
    observer.look()
    assert log.reads == 2


def test_a_box_that_runs_is_seen_running(tmp_path: Path) -> None:
    seen = observe(tmp_path, FakeClock(), hit(1)).look()
    assert {one.standing for one in seen.processes} == {Standing.RUNNING}
    assert seen.hits == (hit(1),)
