"""Several cameras share one recogniser fairly, and a lost one costs the others nothing."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from edge.capture.latest import Latest
from edge.capture.several import Several
from edge.errors import CaptureError, SourceMissing
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Frame
from tests.fakes.clock import FakeClock

GREY = np.full((64, 64), 128, np.uint8)
HALF = np.full((32, 32), 128, np.uint8)
GONE = CaptureError("It is gone.", "Plug it in.")


def frame(camera: str, index: int) -> Frame:
    return Frame(camera, index, index / 10, datetime(2026, 1, 1, tzinfo=UTC), GREY, HALF, HALF)


class Ready:
    """A camera that has a picture whenever it is asked, or an error for the next reads."""

    def __init__(self, name: str, *errors: CaptureError) -> None:
        self._name = name
        self._errors = list(errors)
        self.dropped = 0
        self.ready = True
        self.begun = self.given_up = self.released = self.index = 0

    def begin(self) -> None:
        self.begun += 1

    def read(self) -> Frame | None:
        if self._errors:
            raise self._errors.pop(0)
        self.index += 1
        return frame(self._name, self.index)

    def release(self, frame: Frame) -> None:
        self.released += 1

    def give_up(self) -> None:
        self.given_up += 1

    def close(self) -> None:
        pass


def row(clock: FakeClock, *cameras: tuple[CameraSettings, Ready]) -> Several:
    made = Several(list(cameras), clock, threading.Condition())  # type: ignore[arg-type]
    made.open()
    return made


def camera(name: str, share: float = 1.0) -> CameraSettings:
    return CameraSettings(name=name, share=share)


def spend(source: Several, clock: FakeClock, costs: dict[str, float], frames: int) -> Counter[str]:
    """Take frames, each of which costs so much time; the time spent by camera."""
    spent: Counter[str] = Counter()
    for _ in range(frames):
        taken = source.read()
        assert taken is not None
        clock.advance(costs[taken.camera])
        spent[taken.camera] += costs[taken.camera]  # type: ignore[assignment]
        source.release(taken)
    return spent


def test_a_busy_camera_takes_no_more_time_than_an_idle_one_can_have() -> None:
    clock = FakeClock()
    source = row(clock, (camera("hall"), Ready("hall")), (camera("door"), Ready("door")))
    spent = spend(source, clock, {"hall": 0.08, "door": 0.01}, 900)
    assert spent["hall"] == pytest.approx(spent["door"], rel=0.02)


def test_a_camera_with_three_shares_gets_three_times_the_time() -> None:
    clock = FakeClock()
    source = row(clock, (camera("hall", 3.0), Ready("hall")), (camera("door"), Ready("door")))
    spent = spend(source, clock, {"hall": 0.01, "door": 0.01}, 400)
    assert spent["hall"] == pytest.approx(3 * spent["door"], rel=0.02)


def test_a_camera_that_had_nothing_to_show_does_not_save_up_for_later() -> None:
    clock, quiet = FakeClock(), Ready("door")
    source = row(clock, (camera("hall"), Ready("hall")), (camera("door"), quiet))
    quiet.ready = False
    clock.advance(0.0)
    spend(source, clock, {"hall": 0.01}, 250)
    quiet.ready = True
    spent = spend(source, clock, {"hall": 0.1, "door": 0.1}, 100)
    assert spent["door"] - spent["hall"] <= 1.3


def test_a_lost_camera_is_named_and_tried_again_while_the_other_goes_on() -> None:
    clock, lame = FakeClock(), Ready("door", GONE, GONE)
    source = row(clock, (camera("hall"), Ready("hall")), (camera("door"), lame))
    spend(source, clock, {"hall": 0.01, "door": 0.01}, 20)
    assert source.problem is not None
    assert source.problem.problem == "Camera door: It is gone."
    assert lame.given_up == 1
    spent = spend(source, clock, {"hall": 0.1, "door": 0.1}, 60)
    assert lame.begun == 3
    assert spent["door"] > 0
    assert source.problem is None


def test_a_camera_that_says_nothing_for_too_long_is_lost_and_the_other_goes_on() -> None:
    clock, silent = FakeClock(), Ready("door")
    silent.ready = False
    source = row(clock, (camera("hall"), Ready("hall")), (camera("door"), silent))
    spend(source, clock, {"hall": 0.1}, 200)
    assert source.problem is not None
    assert "Camera door: The camera gave no picture" in source.problem.problem


def test_when_every_camera_is_lost_the_first_reason_is_told() -> None:
    clock = FakeClock()
    source = row(
        clock, (camera("hall"), Ready("hall", GONE)), (camera("door"), Ready("door", GONE))
    )
    with pytest.raises(CaptureError, match="Camera hall: It is gone"):
        source.read()


class Film:
    """A recording of so many frames, behind the real reading thread."""

    def __init__(self, name: str, frames: int, missing: bool = False) -> None:
        self._name = name
        self._left = frames
        self._missing = missing
        self.index = 0

    def open(self) -> None:
        if self._missing:
            raise SourceMissing("There is no such camera.", "Plug it in.")

    def read(self) -> Frame | None:
        if not self._left:
            return None
        self._left -= 1
        self.index += 1
        return frame(self._name, self.index)

    def release(self, frame: Frame) -> None:
        pass

    def close(self) -> None:
        pass


def films(*made: Film, names: tuple[str, ...]) -> Several:
    changed = threading.Condition()
    cameras = [
        (
            CameraSettings(name=name, open_timeout=timedelta(seconds=60)),
            Latest(film, changed=changed, every=True, read_timeout_s=60.0),
        )
        for name, film in zip(names, made, strict=True)
    ]
    return Several(cameras, SystemClock(trust_system=True), changed)


def test_recordings_are_read_whole_and_end_when_all_have_ended() -> None:
    source = films(Film("hall", 30), Film("door", 12), names=("hall", "door"))
    source.open()
    seen: dict[str, list[int]] = {"hall": [], "door": []}
    while (taken := source.read()) is not None:
        seen[taken.camera].append(taken.index)
        source.release(taken)
    source.close()
    assert seen == {"hall": list(range(1, 31)), "door": list(range(1, 13))}
    assert source.dropped_by_camera == {"hall": 0, "door": 0}


def test_a_camera_that_cannot_be_opened_keeps_nobody_waiting() -> None:
    source = films(Film("hall", 5), Film("door", 0, missing=True), names=("hall", "door"))
    source.open()
    taken = [source.read() for _ in range(5)]
    assert [one.index for one in taken if one] == [1, 2, 3, 4, 5]
    with pytest.raises(CaptureError, match="Camera door: There is no such camera"):
        source.read()
    source.close()
