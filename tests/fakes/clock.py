"""A clock that tests move by hand, or that moves at every look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """An :class:`edge.runtime.clock.Clock`.

    Args:
        start: its UTC time at the beginning.
        trusted: whether its time of day can be believed.
        tick_s: seconds it moves on at every look at the steady clock.
    """

    def __init__(
        self, start: datetime = START, *, trusted: bool = True, tick_s: float = 0.0
    ) -> None:
        self._start = start
        self._elapsed_s = 0.0
        self._tick_s = tick_s
        self.trusted = trusted

    def advance(self, seconds: float) -> None:
        self._elapsed_s += seconds

    def monotonic_s(self) -> float:
        self._elapsed_s += self._tick_s
        return self._elapsed_s

    def utc(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s)

    def trusted_utc(self) -> datetime | None:
        return self.utc() if self.trusted else None
