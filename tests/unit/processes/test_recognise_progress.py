"""A frame that went all the way is progress; a disk that never answers ends it."""

from __future__ import annotations

import threading

from edge.processes.recognise import RECORDING_HANGS_S, RecogniseWorker
from edge.processes.recorder import Recorder
from tests.fakes.clock import FakeClock
from tests.unit.processes.test_recognise import (
    EveryFrameIsAHit,
    ListGallery,
    ListSource,
    frame,
)


class HangingStore:
    """A disk whose write does not return before it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.asked = threading.Event()

    def open(self) -> None:
        pass

    def append_drafts(self, drafts: object) -> list[int]:
        self.asked.set()
        self.let_go.wait(60)
        return []

    def close(self) -> None:
        pass


def test_frames_are_no_progress_while_a_hit_waits_for_a_disk_that_does_not_answer() -> None:
    from edge.report.spool_rows import hit_draft

    store, clock, stop = HangingStore(), FakeClock(), threading.Event()
    worker = RecogniseWorker(
        ListSource(*(frame(i) for i in range(4))),
        EveryFrameIsAHit(),  # type: ignore[arg-type]
        ListGallery(),
        Recorder(store, hit_draft),
        clock,
        site="site",
        box="box",
        pack="p@1",
        facts={},
    )
    worker.initialize()
    try:
        worker.step(stop)
        store.asked.wait(10)
        worker.step(stop)
        assert worker._progress == 2
        clock.advance(RECORDING_HANGS_S + 1)
        worker.step(stop)
        worker.step(stop)
        assert worker._progress == 2
    finally:
        store.let_go.set()
        worker.shutdown()
