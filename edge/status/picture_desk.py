"""The page's end of looking at a hit's picture: asks the recogniser, and waits for its answer.

In: a session that has given its password again, and a hit. Out: the picture, or two sentences.
Always: a session may ask for ``UNLOCKED_S`` after the password; one wish lies there at a time;
nothing is kept here, and the picture's file is the recogniser's, which removes it. The page has
no key to the pictures and never sees a sealed one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from edge.runtime.clock import Clock
from edge.runtime.hit_picture_file import WISH, Answer, is_hit_id, read_answer
from edge.status.access.sessions import MAX_SESSIONS, Session
from edge.status.wishes import wish

UNLOCKED_S = 600.0
PATIENCE_S = 4.0
_TURN_S = 0.05
_SILENT = Answer(
    b"",
    f"The recogniser has not answered within {PATIENCE_S:.0f} s.",
    "Look at the overview whether it runs, and try again.",
)


class PictureDesk:
    """Asks for pictures on behalf of sessions.

    Args:
        run_dir: RUN, where answers lie.
        requests: RUN/status, where wishes lie.
        clock: time.
        pause: waits a moment between two looks for the answer.
    """

    def __init__(
        self,
        run_dir: Path,
        requests: Path,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._run_dir = run_dir
        self._requests = requests
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._until_s: dict[str, float] = {}

    def unlock(self, session: Session) -> None:
        """Let a session ask from now on, for a while; it has just given its password again."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            live = {key: until for key, until in self._until_s.items() if until > now_s}
            self._until_s = dict(list(live.items())[-MAX_SESSIONS:])
            self._until_s[session.key] = now_s + UNLOCKED_S

    def is_unlocked(self, session: Session) -> bool:
        """Whether a session may ask now."""
        with self._lock:
            until_s = self._until_s.get(session.key, float("-inf"))
        return self._clock.monotonic_s() < until_s

    def ask(self, hit_id: str) -> Answer:
        """Have a picture opened; returns it, or why there is none.

        Raises:
            ConfigError: the wish cannot be written.
        """
        with self._lock:
            since_ns = wish(self._requests / WISH, {"hit": hit_id, "by": "operator"})
            return self._wait_for(hit_id, since_ns)

    def picture(self, hit_id: str) -> bytes:
        """A picture that was opened a moment ago; empty when it is gone."""
        found = read_answer(self._run_dir, hit_id) if is_hit_id(hit_id) else None
        return found.picture if found else b""

    def _wait_for(self, hit_id: str, since_ns: int) -> Answer:
        for _ in range(round(PATIENCE_S / _TURN_S)):
            found = read_answer(self._run_dir, hit_id, since_ns)
            if found is not None:
                return found
            self._pause(_TURN_S)
        return _SILENT
