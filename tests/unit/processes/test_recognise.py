"""The recognise process: frames in, hits recorded, nothing lost when the spool falters."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np
import pytest

from edge.errors import CaptureError, SpoolError, WatchlistError
from edge.processes.frame_rate import FrameRate
from edge.processes.recognise import RecogniseWorker
from edge.processes.recorder import Recording
from edge.recognise.budget import Plan
from edge.values import EntryRef, Frame, Hit, Recognition
from tests.fakes.clock import FakeClock

GREY = np.full((64, 64), 128, np.uint8)
HALF = np.full((32, 32), 128, np.uint8)
START = datetime(2026, 6, 1, tzinfo=UTC)


def frame(index: int) -> Frame:
    return Frame("door", index, index / 10, START + timedelta(seconds=index / 10), GREY, HALF, HALF)


def recognition(index: int) -> Recognition:
    return Recognition(
        camera="door",
        track=index,
        entry=EntryRef(f"entry-{index}", "staff", None),
        probability=0.99,
        score=0.98,
        threshold=0.955,
        margin=0.1,
        frames=3,
        first_seen=START,
        last_seen=START,
        frame_index=index,
        box=(1.0, 2.0, 3.0, 4.0),
    )


class ListSource:
    """Plays a list of frames and errors; notes what is out on lease."""

    def __init__(self, *items: Frame | CaptureError) -> None:
        self._items = list(items)
        self.opened = self.closed = 0
        self.leased: set[int] = set()

    def open(self) -> None:
        self.opened += 1

    def read(self) -> Frame | None:
        if not self._items:
            return None
        item = self._items.pop(0)
        if isinstance(item, CaptureError):
            raise item
        self.leased.add(item.index)
        return item

    def release(self, frame: Frame) -> None:
        self.leased.remove(frame.index)

    def close(self) -> None:
        self.closed += 1


class EveryFrameIsAHit:
    counts: dict[str, int]
    looked = True

    def __init__(self) -> None:
        self.counts = {"frames": 0, "unknown": 0}
        self.retuned: list[tuple[tuple[int, float], ...]] = []
        self.suppressed_total = 0
        self.uncertain_by_list: dict[str, int] = {}
        self.withheld: dict[str, int] = {}
        self.mean_s, self.total_s = {"detect": 0.002}, {"detect": 0.2}

    def retune(self, thresholds: tuple[tuple[int, float], ...]) -> None:
        self.retuned.append(thresholds)

    def count(self, name: str) -> int:
        return self.counts[name]

    def process(self, frame: Frame, *, watched: bool = False) -> list[Recognition]:
        self.counts["frames"] += 1
        return [recognition(frame.index)]


class ListGallery:
    version = 4
    people = 2
    entries_by_list: Mapping[str, int] = MappingProxyType({"guests": 2})
    problem: WatchlistError | None = None

    def refresh(self) -> bool:
        return False


class MemorySink:
    """Records at once, or lets hits wait when told that it is full."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.waiting: list[Hit] = []
        self.full = False
        self.closed = False
        self.opened = False

    def open(self) -> None:
        self.opened = True

    def add(self, hit: Hit) -> None:
        self.waiting.append(hit)
        self._record()

    def standing(self) -> Recording:
        self._record()
        problem = SpoolError("There is no space left.", "Free some space.") if self.full else None
        return Recording(len(self.waiting), 0, problem)

    def close(self) -> None:
        self._record()
        self.closed = True

    def _record(self) -> None:
        if not self.full:
            self.hits += self.waiting
            self.waiting = []


def worker(
    source: ListSource,
    sink: MemorySink,
    gallery: ListGallery | None = None,
    *,
    live: bool = True,
    steering: OneChange | None = None,
):  # type: ignore[no-untyped-def]
    return RecogniseWorker(
        source,
        EveryFrameIsAHit(),  # type: ignore[arg-type]
        gallery or ListGallery(),
        sink,
        FakeClock(tick_s=0.1),
        site="home",
        box="box-1",
        pack="fake@1.0.0",
        facts={"camera": "door"},
        live=live,
        steering=steering,  # type: ignore[arg-type]
    )


def run(made: RecogniseWorker) -> None:
    while made.step(threading.Event()):
        pass


def test_each_hit_is_recorded_with_site_box_pack_and_list_version() -> None:
    sink = MemorySink()
    run(worker(ListSource(frame(0), frame(1)), sink))
    assert [hit.recognition.frame_index for hit in sink.hits] == [0, 1]
    first = sink.hits[0]
    assert (first.site, first.box, first.pack, first.watchlist_version) == (
        "home",
        "box-1",
        "fake@1.0.0",
        4,
    )
    assert sink.hits[0].hit_id < sink.hits[1].hit_id


def test_every_frame_is_given_back() -> None:
    source = ListSource(*(frame(i) for i in range(5)))
    run(worker(source, MemorySink()))
    assert source.leased == set()


def test_a_spool_that_does_not_record_is_told_with_how_many_hits_wait() -> None:
    sink = MemorySink()
    made = worker(ListSource(frame(0), frame(1), frame(2)), sink)
    sink.full = True
    made.step(threading.Event())
    made.step(threading.Event())
    said = made.report()
    assert said.problem == "There is no space left."
    assert (said.figures["waiting_hits"], said.figures["recording"]) == (2, 0)
    sink.full = False
    run(made)
    assert [hit.recognition.frame_index for hit in sink.hits] == [0, 1, 2]
    assert made.report().problem == ""


def test_the_end_of_a_file_does_not_end_the_process_while_a_hit_is_not_recorded() -> None:
    sink = MemorySink()
    made = worker(ListSource(frame(0)), sink)
    sink.full = True
    made.step(threading.Event())
    assert made.step(threading.Event())
    sink.full = False
    assert not made.step(threading.Event())


class OneChange:
    """Steers once, at the second frame; notes when it was told to remember."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, int, int]] = []
        self.saved = 0

    def update(self, t_s: float, strangers_total: int, people: int) -> Plan | None:
        self.seen.append((t_s, strangers_total, people))
        return Plan(((3, 0.97), (5, 0.975)), 1.0, 2.0, 0.01, False) if len(self.seen) == 2 else None

    def save(self) -> None:
        self.saved += 1

    def figures(self) -> dict[str, float]:
        return {"threshold": 0.97}

    def facts(self) -> dict[str, str]:
        return {"budget": "With 4,000 people …"}


def test_the_budget_steers_the_pipeline_and_what_it_costs_is_no_fault_of_the_box() -> None:
    steering = OneChange()
    made = worker(ListSource(frame(0), frame(1), frame(2)), MemorySink(), steering=steering)
    run(made)
    assert [seen[2] for seen in steering.seen] == [2, 2, 2]
    assert made._pipeline.retuned == [((3, 0.97), (5, 0.975))]
    said = made.report()
    assert said.problem == ""
    assert said.figures["threshold"] == 0.97
    assert said.facts["budget"].startswith("With 4,000 people")
    made.shutdown()
    assert steering.saved == 1


def test_uncertain_tracks_are_told_by_list_in_facts() -> None:
    made = worker(ListSource(frame(0)), MemorySink())
    made._pipeline.uncertain_by_list = {"vip": 1, "staff": 2}
    assert made.report().facts["uncertain"] == "staff 2, vip 1"


def test_matches_withheld_for_want_of_presence_are_told_by_reason_in_facts() -> None:
    made = worker(ListSource(frame(0)), MemorySink())
    made._pipeline.withheld = {"seen too briefly": 2, "no depth seen": 1}
    assert made.report().facts["withheld"] == "no depth seen 1, seen too briefly 2"


def test_after_a_camera_error_the_source_is_opened_afresh() -> None:
    source = ListSource(frame(0), CaptureError("No frame came.", "Check the cable."), frame(1))
    sink = MemorySink()
    made = worker(source, sink)
    made.step(threading.Event())
    with pytest.raises(CaptureError):
        made.step(threading.Event())
    run(made)
    assert source.opened == 2
    assert len(sink.hits) == 2


def test_an_error_of_a_file_is_not_worth_retrying_that_of_a_camera_is() -> None:
    for live in (True, False):
        error = CaptureError("The file is damaged.", "Give another.")
        with pytest.raises(CaptureError) as caught:
            worker(ListSource(error), MemorySink(), live=live).step(threading.Event())
        assert caught.value.worth_retrying is live


def test_a_list_that_cannot_be_used_is_reported_and_recognition_goes_on() -> None:
    gallery = ListGallery()
    gallery.problem = WatchlistError("The list is unsigned.", "Publish it again.")
    sink = MemorySink()
    made = worker(ListSource(frame(0)), sink, gallery)
    run(made)
    assert made.report().problem == "The list is unsigned."
    assert len(sink.hits) == 1


def test_shutdown_records_what_waits_and_closes_everything() -> None:
    source, sink = ListSource(frame(0)), MemorySink()
    made = worker(source, sink)
    sink.full = True
    made.step(threading.Event())
    sink.full = False
    made.shutdown()
    assert len(sink.hits) == 1
    assert sink.closed
    assert source.closed == 1


def test_the_spool_is_there_before_the_first_hit() -> None:
    sink = MemorySink()
    worker(ListSource(), sink).initialize()
    assert sink.opened


def test_the_frame_rate_is_that_of_the_last_frames() -> None:
    rate = FrameRate(window=10)
    for i in range(100):
        rate.tick(i * 0.1)
    assert rate.per_s(9.9) == pytest.approx(11, abs=1.2)
    assert rate.age_s(10.4) == pytest.approx(0.5)
