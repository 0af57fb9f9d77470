"""The service loop: states, errors, the end."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from edge.errors import CaptureError
from edge.runtime.service import TOLD_EVERY_S, Report, Service
from edge.runtime.state_file import read_state
from edge.values import Condition
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.usefixtures("signals_set_back")


class Script:
    """A worker that plays a list of steps: True, False or an error to raise."""

    def __init__(self, *steps: bool | Exception) -> None:
        self._steps = list(steps)
        self.closed = 0
        self.said = Report(figures={"frames_per_s": 10.0}, facts={"pack": "p@1.0.0"})

    def initialize(self) -> None:
        pass

    def step(self, stop: threading.Event) -> bool:
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def shutdown(self) -> None:
        self.closed += 1

    def report(self) -> Report:
        return self.said


def test_a_worker_that_ends_leaves_a_stopped_state_with_its_last_figures(tmp_path: Path) -> None:
    worker = Script(True, False)
    assert Service("recognise", worker, tmp_path, FakeClock(tick_s=2.0)).run() == 0
    state = read_state(tmp_path, "recognise")
    assert state is not None
    assert state.condition is Condition.STOPPED
    assert state.figures == {"frames_per_s": 10.0}
    assert worker.closed == 1


def test_a_foreseen_error_is_shown_and_the_worker_is_tried_again(tmp_path: Path) -> None:
    seen: list[tuple[Condition, str]] = []

    class Watching(Script):
        def step(self, stop: threading.Event) -> bool:
            state = read_state(tmp_path, "recognise")
            assert state is not None
            seen.append((state.condition, state.problem))
            return super().step(stop)

    worker = Watching(CaptureError("No frames came.", "Check the cable."), True, True, False)
    Service("recognise", worker, tmp_path, FakeClock(tick_s=2.0)).run()
    assert seen[1] == (Condition.DEGRADED, "No frames came.")
    assert seen[-1] == (Condition.RUNNING, "")


def test_an_error_that_is_not_worth_retrying_ends_the_process_and_is_shown(tmp_path: Path) -> None:
    error = CaptureError("The file is damaged.", "Give another.")
    error.worth_retrying = False
    worker = Script(error)
    with pytest.raises(CaptureError):
        Service("recognise", worker, tmp_path, FakeClock()).run()
    state = read_state(tmp_path, "recognise")
    assert state is not None
    assert state.problem == "The file is damaged."
    assert worker.closed == 1


def test_an_unforeseen_error_ends_the_process_and_still_closes_everything(tmp_path: Path) -> None:
    worker = Script(RuntimeError("a bug"))
    with pytest.raises(RuntimeError):
        Service("recognise", worker, tmp_path, FakeClock()).run()
    assert worker.closed == 1


def test_sigterm_ends_the_loop(tmp_path: Path) -> None:
    class Endless(Script):
        def step(self, stop: threading.Event) -> bool:
            signal.raise_signal(signal.SIGTERM)
            return True

    worker = Endless()
    assert Service("recognise", worker, tmp_path, FakeClock()).run() == 0
    assert worker.closed == 1


def test_a_problem_that_the_worker_reports_is_a_degraded_state(tmp_path: Path) -> None:
    worker = Script(True, False)
    worker.said = Report("The broker is away.", "Check the network.")
    seen = []

    class Clock(FakeClock):
        def monotonic_s(self) -> float:
            state = read_state(tmp_path, "report")
            seen.append(state.condition if state else None)
            return super().monotonic_s()

    Service("report", worker, tmp_path, Clock(tick_s=2.0)).run()
    assert Condition.DEGRADED in seen


def test_a_damaged_or_foreign_state_file_reads_as_none(tmp_path: Path) -> None:
    for text in ("", "{}", "[1]", '{"process": 1', "null"):
        (tmp_path / "report.json").write_text(text)
        assert read_state(tmp_path, "report") is None


class Heard:
    """Notes what a service tells its starter."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def progressed(self, within_s: float = 0.0) -> None:
        self.said.append("progressed")

    def busy(self, within_s: float) -> None:
        self.said.append("busy")

    def stopping(self, *, finished: bool) -> None:
        self.said.append("finished" if finished else "stopped")


class Counting(Script):
    """Every step that ends well is a piece of work, unless a part of it hangs."""

    hangs = False
    _done = 0

    def step(self, stop: threading.Event) -> bool:
        going_on = super().step(stop)
        self._done += not self.hangs
        return going_on

    def report(self) -> Report:
        return Report(progress=self._done)


def test_the_starter_hears_of_work_that_was_done_and_of_foreseen_trouble(tmp_path: Path) -> None:
    heard = Heard()
    worker = Counting(CaptureError("No frames.", "Check the cable."), True, True, False)
    Service("recognise", worker, tmp_path, FakeClock(tick_s=2.0), heard).run()
    assert heard.said == ["busy", "progressed", "progressed", "progressed", "finished"]


def test_the_starter_hears_of_progress_more_often_than_the_page(tmp_path: Path) -> None:
    heard = Heard()
    worker = Counting(*[True] * 8, False)
    Service("recognise", worker, tmp_path, FakeClock(tick_s=TOLD_EVERY_S), heard).run()
    assert heard.said.count("progressed") >= 8


def test_a_loop_that_turns_without_getting_anything_done_feeds_no_watchdog(tmp_path: Path) -> None:
    heard = Heard()
    worker = Counting(True, True, True, False)
    worker.hangs = True
    Service("recognise", worker, tmp_path, FakeClock(tick_s=2.0), heard).run()
    assert heard.said == ["finished"]


def test_a_crash_loop_becomes_a_degraded_state_that_says_what_was_said_last(
    tmp_path: Path,
) -> None:
    seen: list[str] = []

    class Waiting(Heard):
        def busy(self, within_s: float) -> None:
            super().busy(within_s)
            signal.raise_signal(signal.SIGTERM)

    for _ in range(5):
        error = CaptureError("The file is damaged.", "Give another.")
        error.worth_retrying = False
        with pytest.raises(CaptureError):
            Service("recognise", Script(error), tmp_path, FakeClock()).run()

    class Watching(Script):
        def initialize(self) -> None:
            state = read_state(tmp_path, "recognise")
            assert state is not None
            seen.extend((state.condition, state.problem, state.remedy))

    heard = Waiting()
    Service("recognise", Watching(), tmp_path, FakeClock(), heard).run()
    assert heard.said == ["busy", "stopped"]
    assert seen[0] is Condition.DEGRADED
    assert "ended more than 5 times" in seen[1]
    assert seen[1].endswith("The file is damaged.")
    assert seen[2] == "Give another."


def test_work_that_has_gone_on_for_a_while_is_no_crash_loop_when_it_ends(tmp_path: Path) -> None:
    for _ in range(12):
        worker = Counting(True, True, True, True, RuntimeError("a bug"))
        heard = Heard()
        with pytest.raises(RuntimeError):
            Service("recognise", worker, tmp_path, FakeClock(tick_s=2.0), heard).run()
        assert "busy" not in heard.said
