"""The processes that ``benchmarks/status.py`` measures: a real box, and people who look at it.

In: a folder in memory, an enrolled site, a pace, and which cores to run on. Out: what the
recognise process used of the processor and of time for how many frames, and what the page used.
Always: the processes are those of ``watchpost recognise`` and ``watchpost status``; figures are
read at the moments at which the recogniser writes them, so that both belong to the same frames.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from edge.demo.enrolment import SITE
from edge.demo.truth import clip
from edge.runtime.state_file import read_state
from edge.status.access.accounts import Accounts
from edge.status.access.roles import Role
from tests.integration.demo_box import EnrolledSite

CLIP_FRAMES = 174
STAGES = ("gate", "detect", "track", "align", "embed", "match")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_TOML = """
[box]
id = "measured-box"
site = "{site}"
state_dir = "state"
run_dir = "run"
[camera]
source = "{clip}"
pace = "{pace}"
loop = true
[decision]
re_alert_interval = "5s"
[watchlist]
source = "{repository}"
root = "{root}"
refresh = "1h"
[status]
port = 0
[clock]
trust = "system"
"""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores each runs on."""

    recognise: int
    status: int
    viewers: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Sums since the start, at one moment.

    Attributes:
        frames: taken.
        frame_s: spent in the stages of recognition, by the clock.
        recognise_s: of processor time, all threads of the recognise process.
        status_s: the same of the status process.
        at_s: when, steady seconds.
    """

    frames: float
    frame_s: float
    recognise_s: float
    status_s: float
    at_s: float


class WatchedBox:
    """``watchpost recognise`` on the bundled clip, over and over, and ``watchpost status``.

    Args:
        folder: for settings and state; in memory, so that no disk is measured.
        site: whose people it recognises.
        pace: "real-time", as a camera gives its ten pictures a second, or "as-fast-as-possible".
        cores: see there.
    """

    def __init__(self, folder: Path, site: EnrolledSite, pace: str, cores: Cores) -> None:
        self._run_dir = folder / "run"
        self._cores = cores
        self._log = (folder / "log.txt").open("wb")
        config = folder / "watchpost.toml"
        text = _TOML.format(
            site=SITE,
            clip=clip().path,
            pace=pace,
            repository=site.repository,
            root=site.operator.root,
        )
        config.write_text(text)
        (folder / "state" / "status").mkdir(parents=True)
        self._password = Accounts(folder / "state" / "status").prepare()[Role.OPERATOR]
        self._start("watchlist", "sync", "--config", str(config)).wait(60)
        self._recognise = self._start("recognise", "--config", str(config), core=cores.recognise)
        self._status = self._start("status", "--config", str(config), core=cores.status)
        wait_until(lambda: self.address != "" and self._frames() > CLIP_FRAMES / 10)

    @property
    def spool(self) -> Path:
        """Where its hits are stored."""
        return self._run_dir.parent / "state" / "spool.db"

    @property
    def address(self) -> str:
        """Where the page is, or "" until it is there."""
        state = read_state(self._run_dir, "status")
        return state.facts.get("address", "") if state else ""

    def sign_in(self) -> str:
        """The cookie of an operator."""
        form = {"role": "operator", "password": self._password, "next": "/"}
        origin = {"origin": self.address.rstrip("/")}
        answer = httpx.post(f"{self.address}sign-in", data=form, headers=origin, timeout=30)
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    def read(self) -> Reading:
        """Sums at the moment of the recogniser's next word."""
        path = self._run_dir / "recognise.json"
        before_ns = path.stat().st_mtime_ns
        wait_until(lambda: path.stat().st_mtime_ns != before_ns, 0.002)
        at_s = time.monotonic()
        recognise_s, status_s = (cpu_s(one.pid) for one in (self._recognise, self._status))
        state = read_state(self._run_dir, "recognise")
        figures = state.figures if state else {}
        frame_s = sum(figures.get(f"{name}_total_ms", 0.0) for name in STAGES) / 1000
        return Reading(figures["frames_total"], frame_s, recognise_s, status_s, at_s)

    def close(self) -> None:
        """End both."""
        for process in (self._recognise, self._status):
            process.terminate()
        for process in (self._recognise, self._status):
            process.wait(20)
        self._log.close()

    def _frames(self) -> float:
        state = read_state(self._run_dir, "recognise")
        return state.figures.get("frames_total", 0.0) if state else 0.0

    def _start(self, *arguments: str, core: int | None = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "edge.cli.main", *arguments],
            stdout=self._log,
            stderr=self._log,
        )
        if core is not None:  # at once: threads that it starts later stay there too
            os.sched_setaffinity(process.pid, {core})
        return process


class Viewers:
    """People who keep the live page open, as a process of their own.

    Args:
        address: of the page.
        cookie: of somebody who is signed in.
        count: how many.
        core: where they run.
    """

    def __init__(self, address: str, cookie: str, count: int, core: int) -> None:
        parts = urlsplit(address)
        where = [str(parts.hostname), str(parts.port), "/events/overview", cookie, str(count)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.status_viewers", *where],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.sched_setaffinity(self._process.pid, {core})
        if self._process.stdout is None or self._process.stdout.readline() != "ready\n":
            raise RuntimeError("the viewers did not get their first events")

    def end(self) -> dict[str, int]:
        """How many events and bytes came, and how many streams were lost."""
        said, _ = self._process.communicate(timeout=30)
        found: dict[str, int] = json.loads(said)
        return found


def cpu_s(pid: int) -> float:
    """Processor time of a process so far, all threads, user and system (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def wait_until(true: Callable[[], bool], every_s: float = 0.05, within_s: float = 60.0) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it did not come true.
    """
    end_s = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end_s:
            raise TimeoutError("the box under measurement does not work; see its log")
        time.sleep(every_s)
