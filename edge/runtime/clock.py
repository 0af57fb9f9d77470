"""Time as the rest is given it: steady seconds, UTC, and whether UTC can be believed.

A box without a battery-backed clock wakes in 1970 or at its last shutdown. Until the kernel
says that its clock is disciplined (``adjtimex(2)``: the return value is not TIME_ERROR),
``now`` returns None, and everything that expires is treated as expired.
"""

from __future__ import annotations

import ctypes
import time
from datetime import UTC, datetime
from typing import Protocol

_TIME_ERROR = 5
_TIMEX_BYTES = 512  # larger than struct timex on every Linux


class Clock(Protocol):
    """What the stages may ask about time."""

    def monotonic_s(self) -> float:
        """Seconds that only ever grow; for durations."""
        ...

    def utc(self) -> datetime:
        """The system's UTC time, right or wrong; for records."""
        ...

    def trusted_utc(self) -> datetime | None:
        """UTC time when it can be believed, else None; for everything that expires."""
        ...


class SystemClock:
    """The machine's clocks.

    Args:
        trust_system: believe the time of day without asking the kernel.
    """

    def __init__(self, *, trust_system: bool) -> None:
        self._trust_system = trust_system

    def monotonic_s(self) -> float:
        """See :class:`Clock`."""
        return time.monotonic()

    def utc(self) -> datetime:
        """See :class:`Clock`."""
        return datetime.now(UTC)

    def trusted_utc(self) -> datetime | None:
        """See :class:`Clock`."""
        return self.utc() if self._trust_system or kernel_clock_synchronised() else None


class NeverBefore:
    """A clock that does not believe a time before something that is known to have happened.

    A clock that was set back would bring ended consents to life again.

    Args:
        clock: tells the time.

    Attributes:
        floor: no earlier UTC time is believed; None: any is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.floor: datetime | None = None

    def monotonic_s(self) -> float:
        """See :class:`Clock`."""
        return self._clock.monotonic_s()

    def utc(self) -> datetime:
        """See :class:`Clock`."""
        return self._clock.utc()

    def trusted_utc(self) -> datetime | None:
        """See :class:`Clock`."""
        now, floor = self._clock.trusted_utc(), self.floor
        return None if now is None or (floor is not None and now < floor) else now


def kernel_clock_synchronised() -> bool:
    """Whether the kernel's clock is disciplined (NTP, PTP, GPS), by ``adjtimex(2)``."""
    libc = ctypes.CDLL(None, use_errno=True)
    request = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: read only
    state = int(libc.adjtimex(request))
    return 0 <= state < _TIME_ERROR
