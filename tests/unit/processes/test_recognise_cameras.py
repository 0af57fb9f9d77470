"""Several cameras in one recognise process, and what of their pictures is shown."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from edge.errors import CaptureError
from edge.processes.recognise import RecogniseWorker
from edge.values import Frame, Recognition
from edge.values.preview import SeenFace
from tests.fakes.clock import FakeClock
from tests.unit.processes.test_recognise import (
    EveryFrameIsAHit,
    ListGallery,
    ListSource,
    MemorySink,
    frame,
)


class LooksNowAndThen(EveryFrameIsAHit):
    """Looks at a frame only when it is watched, and notes which it was told are."""

    looked = False

    def __init__(self) -> None:
        super().__init__()
        self.watched: list[int] = []
        self.counts_by_camera = {"door": {"hits": 2}, "yard": {"hits": 0}}

    def process(self, frame: Frame, *, watched: bool = False) -> list[Recognition]:
        self.looked = watched
        if watched:
            self.watched.append(frame.index)
        return []

    def seen(self) -> tuple[SeenFace, ...]:
        return ()


class Screen:
    """A preview that is due at every third question and keeps what it is given."""

    def __init__(self) -> None:
        self.asked = 0
        self.taken: list[tuple[str, int]] = []

    def is_due(self, camera: str) -> bool:
        self.asked += 1
        return self.asked % 3 == 0

    def look_around(self) -> None: ...

    def take(self, frame: Frame, faces: tuple[SeenFace, ...]) -> None:
        self.taken.append((frame.camera, frame.index))

    def facts(self) -> dict[str, str]:
        return {}

    def close(self) -> None: ...


class Row:
    problem: CaptureError | None = CaptureError("Camera yard: It is gone.", "Plug it in.")
    dropped_by_camera = {"door": 3, "yard": 0}  # noqa: RUF012 - nobody changes it


def worker(
    source: ListSource, pipeline: LooksNowAndThen, screen: Screen, *, row: Row | None = None
) -> RecogniseWorker:
    return RecogniseWorker(
        source,
        pipeline,  # type: ignore[arg-type]
        ListGallery(),
        MemorySink(),
        FakeClock(tick_s=0.1),
        site="home",
        box="box-1",
        pack="pack@1",
        facts={},
        previews=screen,  # type: ignore[arg-type]
        row=row,
    )


def test_no_frame_is_shown_in_which_nobody_looked_for_faces() -> None:
    pipeline, screen = LooksNowAndThen(), Screen()
    made = worker(ListSource(*(frame(index) for index in range(12))), pipeline, screen)
    for _ in range(12):
        made.step(threading.Event())
    assert screen.taken == [("door", index) for index in pipeline.watched]
    assert pipeline.watched == [2, 5, 8, 11]


def test_each_camera_is_shown_by_its_own_pictures() -> None:
    pipeline, screen = LooksNowAndThen(), Screen()
    frames = [replace(frame(i), camera=("yard", "door")[i % 2]) for i in range(12)]
    made = worker(ListSource(*frames), pipeline, screen)
    for _ in range(12):
        made.step(threading.Event())
    assert screen.taken == [("yard", 2), ("door", 5), ("yard", 8), ("door", 11)]


def test_each_camera_is_told_of_and_a_lost_one_is_the_boxs_problem() -> None:
    frames = [frame(index) for index in range(5)]
    made = worker(ListSource(*frames), LooksNowAndThen(), Screen(), row=Row())
    for _ in range(5):
        made.step(threading.Event())
    said = made.report()
    assert said.problem == "Camera yard: It is gone."
    assert said.facts["camera.yard"] == "gives no pictures"
    assert "2 hits, 3 pictures left out" in said.facts["camera.door"]
    assert pytest.approx(4, abs=3) == float(said.facts["camera.door"].split()[0])
