"""A box for the page to show: state files, a spool, and the page's own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.report.spool import Bounds, SpoolWriter
from edge.runtime.state_file import read_state, write_state
from edge.status.access.accounts import Accounts
from edge.status.access.roles import Role
from edge.values import Condition, EntryRef, Hit, ProcessState, Recognition
from tests.fakes.deliveries import deliver

PROCESS = Path(__file__).with_name("status_process.py")
STARTED = datetime.now(UTC) - timedelta(hours=3, minutes=12)
RECOGNISE = {
    "frames_per_s": 10.2,
    "frame_age_s": 0.1,
    "gate_ms": 0.4,
    "detect_ms": 18.2,
    "track_ms": 0.3,
    "align_ms": 1.1,
    "embed_ms": 9.6,
    "match_ms": 0.21,
    "frames_total": 117_504,
    "dropped_frames_total": 12,
    "faces_total": 1843,
    "tracks_total": 212,
    "hits_total": 5,
    "watchlist_version": 17,
    "watchlist_people": 12,
    "clock_trusted": 1,
    "queue_wait_ms": 1.5,
}
REPORT = {
    "connected": 1,
    "backlog_hits": 1,
    "published_total": 41,
    "watchlist_version": 17,
    "watchlist_age_s": 252,
}


class Box:
    """What the other processes would write, and the page's process.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.run_dir, self.state_dir = folder / "run", folder / "state"
        self.run_dir.mkdir(exist_ok=True)
        self.state_dir.mkdir(exist_ok=True)
        self.page: subprocess.Popen[str] | None = None
        self.address = ""
        self._beating: dict[str, ProcessState] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)

    def start_page(self, port: int = 0, host: str = "127.0.0.1") -> None:
        arguments = [str(self.state_dir), str(self.run_dir), str(port), host]
        self.page = subprocess.Popen(
            [sys.executable, str(PROCESS), *arguments], stderr=subprocess.PIPE, text=True
        )
        wait_until(self._page_answers, 90)
        self._heart.start()

    def password(self, role: Role = Role.OPERATOR) -> str:
        """The password that the box made at its first start."""
        found = Accounts(self.state_dir / "status").first_password(role)
        assert found is not None
        return found

    def end_page(self) -> None:
        """End the process as systemd would."""
        assert self.page is not None
        self.page.send_signal(signal.SIGTERM)
        self.page.wait(60)

    def close(self) -> None:
        self._stop.set()
        if self._heart.is_alive():
            self._heart.join()
        if self.page is not None and self.page.poll() is None:
            self.page.kill()
        if self.page is not None:
            self.page.communicate()

    def beat(
        self,
        process: str,
        figures: dict[str, float],
        facts: dict[str, str],
        *,
        condition: Condition = Condition.RUNNING,
        problem: str = "",
        remedy: str = "",
    ) -> None:
        """Let a process report this from now on, twice a second."""
        now = datetime.now(UTC)
        state = ProcessState(
            process, os.getpid(), STARTED, now, condition, problem, remedy, figures, facts
        )
        with self._lock:
            self._beating[process] = state
            write_state(self.run_dir, state)

    def healthy(self, **changes: float) -> None:
        """Both other processes run."""
        facts = {"camera": "camera-1", "source": "picamera2", "pack": "default@1"}
        facts["entries_by_list"] = "residents 9, staff 3"
        self.beat("recognise", RECOGNISE | changes, facts)
        self.beat("report", REPORT, {"broker": "broker.example:8883"})

    def silence(self, process: str, age_s: float) -> None:
        """A process has said nothing for a while."""
        last_heard = datetime.now(UTC) - timedelta(seconds=age_s)
        with self._lock:
            state = self._beating.pop(process)
            write_state(self.run_dir, replace(state, updated_at=last_heard))

    def record(self, *hits: Hit) -> None:
        """Put hits into the spool, as the recogniser does."""
        writer = SpoolWriter(self.state_dir / "spool.db", Bounds(max_rows=1000))
        for hit in hits:
            writer.append(hit)
        writer.close()

    def deliver(self, *, sent: list[int], acknowledged: list[int]) -> None:
        """Mark hits, as the reporter does."""
        deliver(self.state_dir / "spool.db", sent=sent, acknowledged=acknowledged)

    def _beat(self) -> None:
        while not self._stop.wait(0.5):
            with self._lock:
                for state in self._beating.values():
                    write_state(self.run_dir, replace(state, updated_at=datetime.now(UTC)))

    def _page_answers(self) -> bool:
        state = read_state(self.run_dir, "status")
        self.address = state.facts.get("address", "") if state else ""
        return bool(self.address)


def make_hit(
    number: int,
    *,
    label: str | None = None,
    probability: float = 0.997,
    list_id: str = "residents",
    age: timedelta = timedelta(minutes=1),
) -> Hit:
    """A hit that differs from the others by its id."""
    at = datetime.now(UTC) - age
    entry = EntryRef(entry_id=f"e{number:07d}", list_id=list_id, label=label)
    seen = Recognition(
        camera="camera-1",
        track=number,
        entry=entry,
        probability=probability,
        score=0.96,
        threshold=0.93,
        margin=0.05,
        frames=5,
        first_seen=at,
        last_seen=at,
        frame_index=number,
        box=(100.0, 80.0, 60.0, 60.0),
    )
    return Hit(
        hit_id=f"01980000-0000-7000-8000-{number:012d}",
        site="care-home-7",
        box="entrance",
        recognition=seen,
        watchlist_version=17,
        pack="default@1",
        decided_at=at,
    )


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; fails when it does not come."""
    end_s = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end_s, "it did not happen in time"
        time.sleep(0.05)


def working_box(folder: Path) -> Box:
    """A box that works and has hits of every kind, with its page."""
    one = Box(folder)
    one.start_page()
    one.healthy()
    one.record(
        make_hit(1, label="Room 12", age=timedelta(days=2)),
        make_hit(2, probability=0.91, list_id="staff", age=timedelta(hours=1)),
        make_hit(3, label="a-very-long-label-" * 5),
    )
    one.deliver(sent=[2], acknowledged=[1])
    return one
