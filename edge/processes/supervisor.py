"""``watchpost run``: starts recognise, report and status as processes and keeps them going.

Each runs ``watchpost NAME`` in a process of its own. One that dies is started again after a
growing pause; the others go on. One that makes no progress within its limit (a hang, SIGSTOP) is
killed and started again at once: the processes tell of their progress as they tell systemd. SIGTERM
or SIGINT stops all: each gets SIGTERM, and SIGKILL when it has not ended within four seconds. Only
``recognise`` may end by itself, with 0, when a file has been played to its end; it is then not
started again. A process that was stopped by somebody else is. Systemd does the same with three
units; this is for the foreground.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from edge.processes.overseer import Overseer

log = logging.getLogger(__name__)

PROCESSES = ("recognise", "report", "status")
FIRST_PAUSE_S = 0.2
MAX_PAUSE_S = 30.0
STEADY_S = 5.0
STOP_WITHIN_S = 4.0
# As WatchdogSec= of the units in systemd/, where the reasons stand.
LIMITS_S = {"recognise": 3.5, "report": 60.0, "status": 30.0}
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
        self._overseer = Overseer(now_s, LIMITS_S)
        self._stop = threading.Event()

    def run(self) -> int:
        """Run until told to stop; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._overseer.open()
        try:
            while not self._stop.wait(_LOOK_EVERY_S):
                self._overseer.listen()
                for child in self._children:
                    self._look_after(child)
                if all(child.finished for child in self._children):
                    return 0
        finally:
            self._stop_all()
            self._overseer.close()
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
            self._look_at_running(child, child.process, now_s)
            return
        self._overseer.listen()  # its last words
        child.finished = code == 0 and not self._overseer.was_stopped(child.process.pid)
        self._overseer.ended(child.process.pid)
        child.process = None
        if not child.finished:
            log.error("%s ended with %s; it is started again", child.name, code)
            child.start_at_s = now_s + child.pause_s
            child.pause_s = min(MAX_PAUSE_S, child.pause_s * 2)

    def _look_at_running(
        self, child: _Child, process: subprocess.Popen[bytes], now_s: float
    ) -> None:
        if now_s - child.started_s > STEADY_S:
            child.pause_s = FIRST_PAUSE_S
        if self._overseer.hangs(process.pid):
            log.error("%s makes no progress; it is killed and started again", child.name)
            process.kill()  # also ends what SIGSTOP has stopped
            process.wait()

    def _start(self, child: _Child) -> None:
        told = os.environ | self._overseer.environment(child.name)
        command = self._command(child.name)
        child.process = subprocess.Popen(command, env=told)  # noqa: S603 - no shell
        child.started_s = self._now_s()
        self._overseer.started(child.process.pid, child.name)

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
