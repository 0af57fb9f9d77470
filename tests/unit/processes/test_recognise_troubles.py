"""What the page makes of a recogniser in trouble, by the state file that it really writes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import CaptureError
from edge.processes.recognise import RecogniseWorker
from edge.processes.recorder import Recorder
from edge.report.spool import Bounds, SpoolView, SpoolWriter
from edge.report.spool_rows import hit_draft
from edge.runtime.clock import SystemClock
from edge.runtime.service import Service
from edge.status.checks import Finding, run_checks
from edge.status.hit_log import SpoolHitLog
from edge.status.snapshot import Identity, Observer, Snapshot
from edge.values import Frame
from tests.unit.processes.test_recognise import (
    EveryFrameIsAHit,
    ListGallery,
    ListSource,
    MemorySink,
    frame,
    worker,
)

pytestmark = pytest.mark.usefixtures("signals_set_back")

LONG_S = 60.0
ENDLESS = 10**18  # bytes; more than any disk has free
CLOCK = SystemClock(trust_system=True)


class Until:
    """A camera that gives frames, or is lost, until a look at the box shows a finding."""

    def __init__(self, look: Callable[[], Snapshot], check: str, *, lost: bool = False) -> None:
        self._look = look
        self._check = check
        self._lost = lost
        self._end_s = time.monotonic() + LONG_S
        self._index = 0
        self.found: Finding | None = None

    def open(self) -> None: ...

    def read(self) -> Frame:
        findings = {one.check: one for one in run_checks(self._look())}
        self.found = findings.get(self._check)
        if self.found or time.monotonic() > self._end_s:
            os.kill(os.getpid(), signal.SIGTERM)
        elif self._lost:
            raise CaptureError("The camera gave no picture.", "Check its cable.")
        time.sleep(0.05)
        self._index += 1
        return frame(self._index)

    def release(self, frame: Frame) -> None: ...

    def close(self) -> None: ...


def found_on(folder: Path, check: str, bounds: Bounds, *, lost: bool = False) -> Finding:
    """Run the recognise process until the page finds this."""
    spool, identity = folder / "spool.db", Identity("box-1", "home", "1")
    log = SpoolHitLog(SpoolView(spool), spool)
    camera = Until(Observer(identity, folder, log, CLOCK).look, check, lost=lost)
    recorder = Recorder(SpoolWriter(spool, bounds), hit_draft)
    recogniser = RecogniseWorker(
        camera,
        EveryFrameIsAHit(),  # type: ignore[arg-type]
        ListGallery(),
        recorder,
        CLOCK,
        site="home",
        box="box-1",
        pack="pack@1",
        facts={},
    )
    Service("recognise", recogniser, folder, CLOCK).run()
    assert camera.found is not None, "the page found nothing"
    return camera.found


def test_a_recogniser_whose_disk_takes_no_hits_is_found_by_the_check_of_recording(
    tmp_path: Path,
) -> None:
    found = found_on(tmp_path, "recording", Bounds(min_free_bytes=ENDLESS))
    assert "bytes are free" in found.problem
    assert "wait in memory" in found.effect


def test_a_camera_that_is_lost_is_found_by_the_check_of_the_camera(tmp_path: Path) -> None:
    found = found_on(tmp_path, "camera", Bounds(), lost=True)
    assert (found.headline, found.problem) == ("Not watching.", "The camera gave no picture.")
    assert found.remedy == "Check its cable."


def test_a_camera_whose_lens_is_covered_is_told_of_once_it_stays_so() -> None:
    covered = [frame(index) for index in range(40)]  # grey all over
    made = worker(ListSource(*covered), MemorySink())  # its clock goes on at each look
    made.step(threading.Event())
    assert "blind.door" not in made.report().facts
    for _ in covered[1:]:
        made.step(threading.Event())
    assert made.report().facts["blind.door"] == "without detail"
