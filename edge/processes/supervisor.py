"""``watchpost run``: starts recognise, report and status as processes and keeps them going.

Each runs ``watchpost NAME`` in a process of its own. One that dies is started again after a
growing pause; the others go on. SIGTERM or SIGINT stops all: each gets SIGTERM, and SIGKILL
when it has not ended within four seconds. A process that ends with 0 (a file has been played
to its end) is not started again. Systemd does the same with three units; this is for the
foreground.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

log = logging.getLogger(__name__)

PROCESSES = ("recognise", "report", "status")
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 30.0
STEADY_S = 60.0
STOP_WITHIN_S = 4.0
_LOOK_EVERY_S = 0.1


@dataclass(slots=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes] | None = None
    pause_s: float = FIRST_PAUSE_S
    start_at_s: float = 0.0
    started_s: float = 0.0
    finished: bool = False


class Supervisor:
    """Keeps a set of child processes running.

    Args:
        arguments: arguments after ``watchpost NAME``, such as ``--config``.
        now_s: steady clock, seconds.
        names: which processes.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        now_s: Callable[[], float],
        names: Sequence[str] = PROCESSES,
    ) -> None:
        self._arguments = list(arguments)
        self._now_s = now_s
        self._children = [_Child(name) for name in names]
        self._stop = threading.Event()

    def run(self) -> int:
        """Run until told to stop; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            while not self._stop.wait(_LOOK_EVERY_S):
                for child in self._children:
                    self._look_after(child)
                if all(child.finished for child in self._children):
                    return 0
        finally:
            self._stop_all()
        return 0

    def _command(self, name: str) -> list[str]:
        return [sys.executable, "-m", "edge.cli.main", name, *self._arguments]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _look_after(self, child: _Child) -> None:
        now_s = self._now_s()
        if child.finished:
            return
        if child.process is None:
            if now_s >= child.start_at_s:
                self._start(child)
            return
        code = child.process.poll()
        if code is None:
            if now_s - child.started_s > STEADY_S:
                child.pause_s = FIRST_PAUSE_S
            return
        child.process = None
        if code == 0:
            child.finished = True
            return
        log.error("%s ended with %s; starting it again in %.1f s", child.name, code, child.pause_s)
        child.start_at_s = now_s + child.pause_s
        child.pause_s = min(MAX_PAUSE_S, child.pause_s * 2)

    def _start(self, child: _Child) -> None:
        child.process = subprocess.Popen(self._command(child.name))  # noqa: S603 - no shell
        child.started_s = self._now_s()

    def _stop_all(self) -> None:
        running = [c.process for c in self._children if c.process and c.process.poll() is None]
        for process in running:
            process.terminate()
        deadline_s = self._now_s() + STOP_WITHIN_S
        for process in running:
            try:
                process.wait(max(0.05, deadline_s - self._now_s()))
            except subprocess.TimeoutExpired:
                log.error("process %d did not stop, killing it", process.pid)
                process.kill()
                process.wait()
