"""The recognise and report processes of a box without camera; arguments: process, state, run, port.

``recognise`` is the worker with its recorder and spool; its camera never ends and each frame is a
hit, whose number is the frame's. ``report`` is the worker as a box has it.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from edge.compose import box
from edge.compose import report as report_process
from edge.processes.recognise import RecogniseWorker
from edge.processes.recorder import Recorder
from edge.report.spool import SpoolWriter
from edge.report.spool_rows import hit_draft
from edge.runtime.service import Service, Worker
from edge.runtime.setting_tables import Settings
from edge.values import Frame
from tests.integration.delivery import BOX, CLOCK, SITE
from tests.unit.processes.test_recognise import EveryFrameIsAHit, ListGallery, frame

FRAMES_PER_S = 10.0


class EndlessCamera:
    """One frame after another at a steady rate."""

    def __init__(self) -> None:
        self._count = 0

    def open(self) -> None:
        """Nothing to open."""

    def read(self) -> Frame:
        time.sleep(1 / FRAMES_PER_S)
        self._count += 1
        return frame(self._count - 1)

    def release(self, one: Frame) -> None:
        """Frames are nobody's."""

    def close(self) -> None:
        """Nothing to close."""


def settings_of(state_dir: Path, run_dir: Path, port: int) -> Settings:
    """A box that fills its disk to the last byte."""
    return Settings.model_validate(
        {
            "box": {"id": BOX, "site": SITE, "state_dir": state_dir, "run_dir": run_dir},
            "mqtt": {"host": "127.0.0.1", "port": port, "ack": "broker"},
            "spool": {"min_free_bytes": 0},
            "clock": {"trust": "system"},
        }
    )


def recogniser(settings: Settings) -> RecogniseWorker:
    """Hits without end, recorded as on a box."""
    writer = SpoolWriter(box.spool_file(settings), box.spool_bounds(settings), clock=CLOCK)
    return RecogniseWorker(
        EndlessCamera(),
        EveryFrameIsAHit(),  # type: ignore[arg-type]
        ListGallery(),
        Recorder(writer, hit_draft),
        CLOCK,
        site=SITE,
        box=BOX,
        pack="fake@1.0.0",
        facts={},
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    name, run_dir = sys.argv[1], Path(sys.argv[3])
    chosen = settings_of(Path(sys.argv[2]), run_dir, int(sys.argv[4]))
    workers = {"recognise": recogniser, "report": report_process.worker}
    worker: Worker = workers[name](chosen)
    sys.exit(Service(name, worker, run_dir, CLOCK).run())
