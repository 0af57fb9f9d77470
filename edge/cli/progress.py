"""A progress bar on one line of a terminal; nothing where there is no terminal.

In: a step for each thing done. Out: text on standard error. Always: drawn at most ten times a
second, and gone from the line when it ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

_WIDTH = 30
_LEAST_S = 0.1


class ProgressBar:
    """Counts towards a total.

    Args:
        total: how many steps there will be.
        stream: where to draw; nothing is drawn unless it is a terminal.
        now_s: a steady clock.
    """

    def __init__(
        self, total: int, stream: TextIO, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total
        self._stream = stream
        self._now_s = now_s
        self._shown = stream.isatty()
        self._began_s = now_s()
        self._drawn_s = self._began_s - _LEAST_S
        self._done = 0
        self._longest = 0

    def step(self, note: str) -> None:
        """One more is done.

        Args:
            note: stands behind the figures.
        """
        self._done += 1
        now_s = self._now_s()
        last = self._done == self._total
        if self._shown and (last or now_s - self._drawn_s >= _LEAST_S):
            self._drawn_s = now_s
            self._draw(self._line(now_s - self._began_s, note))

    def end(self) -> None:
        """Clear the line."""
        if self._shown and self._longest:
            self._stream.write("\r" + " " * self._longest + "\r")
            self._stream.flush()

    def _line(self, passed_s: float, note: str) -> str:
        filled = _WIDTH * self._done // self._total
        left_s = round(passed_s / self._done * (self._total - self._done))
        clock = f"{left_s // 3600}:{left_s // 60 % 60:02}:{left_s % 60:02}"
        bar = "#" * filled + "." * (_WIDTH - filled)
        return f"[{bar}] {self._done}/{self._total}  {clock} left  {note}"

    def _draw(self, line: str) -> None:
        self._longest = max(self._longest, len(line))
        self._stream.write("\r" + line.ljust(self._longest))
        self._stream.flush()
