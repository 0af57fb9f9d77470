"""Whether the box works: the check that decides about a new image.

In: looks at the state files of the three processes. Out: "" or what is missing, one sentence.
Always: what counts is progress (the number of frames that went all the way grows), not what a
process says of itself; a broker, a clock or a watchlist that is away is no fault of an image.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.runtime.clock import Clock
from edge.status.snapshot import ProcessView, Snapshot, Standing

STANDS_STILL_S = 15.0
_ALIVE = (Standing.RUNNING, Standing.DEGRADED)


class BoxHealth:
    """Looks again and again.

    Args:
        look: takes a snapshot.
        clock: time.
    """

    def __init__(self, look: Callable[[], Snapshot], clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._frames = -1.0
        self._grew_s = float("-inf")

    def problem(self) -> str:
        """What is missing now, or ""."""
        seen = self._look()
        for process in (seen.recognise, seen.report, seen.status):
            if process.standing not in _ALIVE:
                return _with_word(f"The process {process.name} is {process.standing}.", process)
        if not self._frames_flow(seen):
            return _with_word(f"No new frame in {STANDS_STILL_S:.0f} s.", seen.recognise)
        if seen.recognise.figure("recording") != 1.0:
            return _with_word("Hits cannot be recorded.", seen.recognise)
        return ""

    def _frames_flow(self, seen: Snapshot) -> bool:
        now_s, frames = self._clock.monotonic_s(), seen.recognise.figure("frames_total") or 0.0
        if frames > self._frames >= 0:
            self._grew_s = now_s
        self._frames = frames
        return now_s - self._grew_s < STANDS_STILL_S


def _with_word(problem: str, process: ProcessView) -> str:
    said = process.state.problem if process.state else ""
    return f"{problem} It says: {said}" if said else problem
