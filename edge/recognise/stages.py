"""What the stages of a frame take, as running means; for figures and benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MEMORY = 0.98


class StageTimes:
    """Running means of stage durations.

    Args:
        now_s: a steady clock, seconds.

    Attributes:
        mean_s: mean duration by stage, seconds, exponentially weighted over about 50 frames.
        total_s: summed duration by stage since start, seconds.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self.mean_s: dict[str, float] = {}
        self.total_s: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage of one frame."""
        begin_s = self._now_s()
        try:
            yield
        finally:
            took_s = self._now_s() - begin_s
            before_s = self.mean_s.get(name, took_s)
            self.mean_s[name] = _MEMORY * before_s + (1 - _MEMORY) * took_s
            self.total_s[name] = self.total_s.get(name, 0.0) + took_s
