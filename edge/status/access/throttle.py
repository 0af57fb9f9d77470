"""What wrong passwords cost: after a few, a caller must wait, each time longer.

In: who asks (an address, an account) and whether the password was right. Out: seconds to
wait. Always: at most ``MAX_CALLERS`` are remembered, the one heard of longest ago goes first;
a caller who waits is refused without the password being looked at. Steady time only, so that
setting the clock frees nobody.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from edge.status.access.sessions import SteadyClock

MAX_CALLERS = 1024
FORGIVEN_AFTER_S = 3600.0
FIRST_WAIT_S = 300.0
MAX_WAIT_S = 3600.0


@dataclass(slots=True)
class _Record:
    wrong: int = 0
    lock_outs: int = 0
    until_s: float = float("-inf")
    last_s: float = float("-inf")


class Throttle:
    """Counts wrong passwords.

    Args:
        clock: time.
        tries: how many wrong ones a caller has before the first wait.
    """

    def __init__(self, clock: SteadyClock, tries: int) -> None:
        self._clock = clock
        self._tries = tries
        self._lock = threading.Lock()
        self._callers: OrderedDict[str, _Record] = OrderedDict()

    def wait_s(self, caller: str) -> float:
        """Seconds that this caller must still wait; 0 when it may try."""
        with self._lock:
            record = self._callers.get(caller)
            return max(0.0, record.until_s - self._clock.monotonic_s()) if record else 0.0

    def wrong(self, caller: str) -> float:
        """Count a wrong password; returns the seconds of the lock-out that begins, or 0."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            record = self._record(caller, now_s)
            record.wrong += 1
            record.last_s = now_s
            if record.wrong < self._tries:
                return 0.0
            wait_s = min(MAX_WAIT_S, FIRST_WAIT_S * 2.0**record.lock_outs)
            record.wrong, record.lock_outs = 0, record.lock_outs + 1
            record.until_s = now_s + wait_s
            return wait_s

    def right(self, caller: str) -> None:
        """Forget a caller's wrong passwords."""
        with self._lock:
            self._callers.pop(caller, None)

    def _record(self, caller: str, now_s: float) -> _Record:
        record = self._callers.pop(caller, None)
        if record is None or now_s - max(record.last_s, record.until_s) > FORGIVEN_AFTER_S:
            record = _Record()
        while len(self._callers) >= MAX_CALLERS:
            self._callers.popitem(last=False)
        self._callers[caller] = record
        return record
