"""What counts as a box that works, and who hears of an update."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.runtime.state_file import write_state
from edge.status.snapshot import Identity, Observer
from edge.update.health import STANDS_STILL_S, BoxHealth
from edge.update.telling import FRESH_S, UpdateTeller, is_updating, update_problem
from edge.values import Condition, ProcessState
from tests.fakes.clock import FakeClock
from tests.unit.status.page_fakes import FakeHitLog


class Box:
    """Three processes that write their states as the test says."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.clock = FakeClock()
        self.frames = 0.0
        self.recording = 1.0
        self.absent: set[str] = set()
        self.condition = Condition.RUNNING
        log = FakeHitLog()
        observer = Observer(Identity("b", "s", "1"), run_dir, log, self.clock, hits=0)
        self.health = BoxHealth(observer.look, self.clock)

    def after(self, seconds: float, frames: float) -> str:
        self.clock.advance(seconds)
        self.frames += frames
        figures = {"frames_total": self.frames, "recording": self.recording}
        for name in {"recognise", "report", "status"} - self.absent:
            now = self.clock.utc()
            state = ProcessState(name, 1, now, now, self.condition, figures=figures)
            write_state(self.run_dir, replace(state, problem="Lens on fire."))
        return self.health.problem()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_frames_that_go_on_are_health_and_one_look_is_not(box: Box) -> None:
    assert box.after(1, 10).startswith("No new frame")
    assert box.after(1, 10) == ""


def test_frames_that_stand_still_are_none_whatever_the_process_says(box: Box) -> None:
    box.after(1, 10)
    assert box.after(1, 10) == ""
    assert "Lens on fire." in box.after(STANDS_STILL_S, 0)


def test_a_broker_that_is_away_is_no_fault_of_the_image(box: Box) -> None:
    box.condition = Condition.DEGRADED
    box.after(1, 10)
    assert box.after(1, 10) == ""


@pytest.mark.parametrize("name", ["recognise", "report", "status"])
def test_a_process_that_is_not_there_is_told(box: Box, name: str) -> None:
    box.absent = {name}
    assert f"The process {name} is absent" in box.after(1, 10)


def test_hits_that_cannot_be_recorded_are_told(box: Box) -> None:
    box.recording = 0.0
    box.after(1, 10)
    assert box.after(1, 10).startswith("Hits cannot be recorded.")


def test_an_update_is_heard_of_while_it_goes_on(tmp_path: Path) -> None:
    clock = FakeClock()
    teller = UpdateTeller(tmp_path, clock, 1)
    assert not is_updating(tmp_path, clock.utc())
    teller.goes_on("copying")
    assert is_updating(tmp_path, clock.utc())
    assert not is_updating(tmp_path, clock.utc() + timedelta(seconds=FRESH_S + 1))
    assert update_problem(tmp_path) is None
    teller.ended(UpdateError("It failed.", "Try again."))
    assert not is_updating(tmp_path, clock.utc())
    assert str(update_problem(tmp_path)) == "It failed. Try again."
    UpdateTeller(tmp_path / "absent", clock, 1).goes_on("a run folder that is not there")
