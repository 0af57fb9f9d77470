"""Which sessions have given their password again lately, and may look at pictures of hits."""

from __future__ import annotations

import threading

from edge.runtime.clock import Clock
from edge.status.access.sessions import MAX_SESSIONS, Session

UNLOCKED_S = 600.0


class Unlocking:
    """Remembers them; callable from any thread.

    Args:
        clock: time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until_s: dict[str, float] = {}

    def unlock(self, session: Session) -> None:
        """Let a session look from now on, for a while; it has just given its password again."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            live = {key: until for key, until in self._until_s.items() if until > now_s}
            self._until_s = dict(list(live.items())[-MAX_SESSIONS:])
            self._until_s[session.key] = now_s + UNLOCKED_S

    def is_unlocked(self, session: Session) -> bool:
        """Whether a session may look now."""
        with self._lock:
            until_s = self._until_s.get(session.key, float("-inf"))
        return self._clock.monotonic_s() < until_s
