"""A damaged spool and a full disk: told on the retained status topic and on the page, no hit lost.

The box's processes and the broker are real, the camera is not (``endless_hits.py``).
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.compose import box as box_files
from edge.compose import status as page
from edge.report.messages import ReceivedStatus, parse_status
from edge.report.spool import SpoolView
from edge.report.topics import status_topic
from edge.runtime.state_file import read_state
from edge.status.checks import run_checks
from edge.values import Condition
from tests.fakes.small_disk import small_disk
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import BOX, SITE, Collector, settings_for, wait_until
from tests.integration.endless_hits import settings_of
from tests.integration.test_delivery_tellers import Kept

pytestmark = needs_mosquitto
PATIENCE_S = 60.0


class Box:
    """A box's two processes, told to start and end one by one."""

    def __init__(self, state_dir: Path, run_dir: Path, port: int) -> None:
        run_dir.mkdir()
        self.settings = settings_of(state_dir, run_dir, port)
        self.spool = box_files.spool_file(self.settings)
        self._arguments = (str(state_dir), str(run_dir), str(port))
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._observer = page.context(self.settings, page.accounts(self.settings)).observer

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *about: object) -> None:
        for name in list(self._running):
            self.end(name)

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", "tests.integration.endless_hits", name, *self._arguments]
        self._running[name] = subprocess.Popen(command, cwd=Path(__file__).parents[2])

    def end(self, name: str) -> None:
        process = self._running.pop(name)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0

    def page_says(self, words: str) -> bool:
        """Whether one of the page's findings has these words."""
        return any(words in found.problem for found in run_checks(self._observer.look()))

    def lost(self) -> float:
        """Hits that the recogniser gave up."""
        state = read_state(self.settings.box.run_dir, "recognise")
        assert state is not None
        return state.figures["lost_hits_total"]

    def recorded(self) -> int:
        """How many hits the present spool has ever recorded."""
        return SpoolView(self.spool).counts().total


def status_of(kept: Kept) -> ReceivedStatus | None:
    told = kept.messages.get(status_topic(SITE, BOX))
    return parse_status(told) if told else None


def wait_for_status(kept: Kept, condition: Condition, words: str = "") -> ReceivedStatus:
    def is_told() -> bool:
        said = status_of(kept)
        return said is not None and said.condition is condition and words in said.problem

    wait_until(is_told, PATIENCE_S, lambda: f"told last: {status_of(kept)}")
    said = status_of(kept)
    assert said is not None
    return said


def frames_of(collector: Collector) -> set[int]:
    """Which frames' hits have come."""
    collector.ids()
    return {hit.frame_index for hit in collector.hits}


def test_a_damaged_spool_is_set_aside_and_told_until_somebody_moves_it_away(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with (
        Box(tmp_path / "state", tmp_path / "run", broker.port) as box,
        Collector(settings_for(broker.port)) as collector,
        Kept(broker.port) as kept,
    ):
        box.start("report")
        box.start("recognise")
        wait_until(lambda: len(frames_of(collector)) >= 5, PATIENCE_S)
        wait_for_status(kept, Condition.RUNNING)
        box.end("recognise")
        first_series = {hit.series for hit in collector.hits}
        count = box.recorded()
        wait_until(lambda: frames_of(collector) == set(range(count)), PATIENCE_S)
        wait_until(lambda: SpoolView(box.spool).counts().acknowledged == count, PATIENCE_S)
        damage = damaged(box.spool)

        box.start("recognise")
        said = wait_for_status(kept, Condition.DEGRADED, "set aside as spool.db.damaged-")
        assert "move it out of the folder" in said.remedy
        (aside,) = (
            one
            for one in box.spool.parent.glob("spool.db.damaged-*")
            if not one.name.endswith(("-wal", "-shm"))
        )
        assert aside.name in said.problem
        assert aside.read_bytes() == damage, "not one byte of it is changed"
        wait_until(lambda: box.page_says(f"set aside as {aside.name}"), PATIENCE_S)
        with Kept(broker.port) as late:
            assert wait_for_status(late, Condition.DEGRADED, aside.name).online
        before = len(collector.hits)
        wait_until(lambda: bool(frames_of(collector)) and len(collector.hits) > before, PATIENCE_S)
        assert collector.hits[-1].series not in first_series

        for one in box.spool.parent.glob("spool.db.damaged-*"):
            one.rename(tmp_path / one.name)
        wait_for_status(kept, Condition.RUNNING)
        wait_until(lambda: not box.page_says("set aside"), PATIENCE_S)


def damaged(spool: Path) -> bytes:
    """Overwrite a spool of which nothing is in its journal; returns what it holds now."""
    with closing(sqlite3.connect(spool)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    noise = os.urandom(spool.stat().st_size)
    with spool.open("r+b") as file:
        file.write(noise)
    return noise


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB, where this machine lets us mount one."""
    with small_disk(tmp_path / "small", "1m") as folder:
        yield folder


def fill(folder: Path) -> Path:
    """Take all the space that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def test_a_full_disk_is_told_and_when_it_has_space_again_every_hit_arrives(
    broker: Mosquitto, disk: Path, tmp_path: Path
) -> None:
    with (
        Box(disk, tmp_path / "run", broker.port) as box,
        Collector(settings_for(broker.port)) as collector,
        Kept(broker.port) as kept,
    ):
        box.start("report")
        box.start("recognise")
        wait_until(lambda: len(frames_of(collector)) >= 5, PATIENCE_S)
        filler = fill(disk)
        said = wait_for_status(kept, Condition.DEGRADED, "disk is full")
        assert "recording goes on by itself" in said.remedy
        wait_until(lambda: box.page_says("disk is full"), PATIENCE_S)

        filler.unlink()
        wait_for_status(kept, Condition.RUNNING)
        wait_until(lambda: not box.page_says("disk is full"), PATIENCE_S)
        box.end("recognise")
        count = box.recorded()
        wait_until(lambda: frames_of(collector) == set(range(count)), PATIENCE_S)
        assert box.lost() == 0
