"""How many frames a second a process takes, and how old its last one is."""

from __future__ import annotations

from collections import deque


class FrameRate:
    """Frames a second over the last few seconds, and how old the last one is."""

    def __init__(self, window: int = 50) -> None:
        self._ticks_s: deque[float] = deque(maxlen=window)
        self._first_s: float | None = None

    def tick(self, now_s: float) -> None:
        """A frame was processed."""
        self._ticks_s.append(now_s)
        if self._first_s is None:
            self._first_s = now_s

    def per_s(self, now_s: float) -> float:
        """Mean rate, frames a second."""
        if len(self._ticks_s) < 2:
            return 0.0
        return len(self._ticks_s) / max(now_s - self._ticks_s[0], 1e-6)

    def span_s(self) -> float:
        """Seconds from the first frame to the last."""
        return self._ticks_s[-1] - self._first_s if self._first_s is not None else 0.0

    def age_s(self, now_s: float) -> float:
        """Seconds since the last frame; 0 before the first."""
        return now_s - self._ticks_s[-1] if self._ticks_s else 0.0
