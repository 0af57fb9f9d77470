"""When the next picture of a recording is due, and what time it carries.

:class:`Pacer` waits so that a recording plays at its own speed; :class:`MediaTime` turns the
time stamps of a file, which may be missing, fall or leap, into seconds that only ever rise.
Neither reads a clock of its own: both are given one, or none.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.runtime.clock import Clock

Wait = Callable[[float], object]

LONGEST_GAP_S = 600.0
LATEST_START_S = 30 * 86400.0


class Pacer:
    """Waits until a moment of the recording has come.

    Args:
        clock: gives the steady seconds.
        wait: waits that many seconds or less (``time.sleep``, ``Event.wait``).
        longest_s: the longest wait; a gap in the recording that is longer is shortened to it.
    """

    def __init__(self, clock: Clock, wait: Wait, longest_s: float) -> None:
        self._clock = clock
        self._wait = wait
        self._longest_s = longest_s
        self._zero_s: float | None = None

    def wait_for(self, media_s: float) -> None:
        """Wait until the moment ``media_s`` is due; the first moment is due at once."""
        now_s = self._clock.monotonic_s()
        if self._zero_s is None:
            self._zero_s = now_s - media_s
        ahead_s = self._zero_s + media_s - now_s
        if ahead_s > self._longest_s:
            self._zero_s -= ahead_s - self._longest_s
            ahead_s = self._longest_s
        if ahead_s > 0:
            self._wait(ahead_s)


class MediaTime:
    """Seconds of media time, rising also over bad time stamps and when the file starts again.

    Args:
        interval_s: the nominal time from picture to picture, used where stamps fail.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._offset_s: float | None = 0.0
        self._last_s: float | None = None

    @property
    def last_s(self) -> float:
        """The time of the last picture; 0 before the first."""
        return self._last_s or 0.0

    def at(self, stamp_s: float | None) -> float:
        """The media time of the next picture, whose own stamp is ``stamp_s`` or missing."""
        last_s = self._last_s
        if stamp_s is None or abs(stamp_s) > LATEST_START_S:
            time_s = 0.0 if last_s is None else last_s + self._interval_s
        else:
            time_s = self._shifted(stamp_s)
        if last_s is not None and not last_s < time_s <= last_s + LONGEST_GAP_S:
            time_s = last_s + self._interval_s
        self._last_s = time_s
        return time_s

    def start_again(self) -> None:
        """The file plays from its beginning again; its first picture follows the last."""
        self._offset_s = None

    def _shifted(self, stamp_s: float) -> float:
        if self._offset_s is None:
            follows_s = 0.0 if self._last_s is None else self._last_s + self._interval_s
            self._offset_s = follows_s - stamp_s
        return stamp_s + self._offset_s
