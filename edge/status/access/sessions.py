"""Who is signed in: a bounded table in memory.

In: a role at sign-in, a token at each request. Out: a :class:`Session` or None. Always: a
session ends after ``life_s``, after ``idle_s`` without a request of a person, at sign-out, and
with the process; the table holds hashes of tokens only; when it is full the session that was
idle the longest goes. Cookies are left to others.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from typing import Protocol

from edge.status.access.roles import Role

MAX_SESSIONS = 64
_TOKEN_BYTES = 32


class SteadyClock(Protocol):
    """Durations."""

    def monotonic_s(self) -> float:
        """Seconds that only ever grow."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in.

    Attributes:
        key: SHA-256 of the token, hex; safe to keep.
        role: the account.
        csrf: what every form of this session carries.
        began_s: steady seconds of the sign-in.
    """

    key: str
    role: Role
    csrf: str
    began_s: float


class Sessions:
    """The table.

    Args:
        clock: time.
        life_s: a session never lasts longer.
        idle_s: nor longer than this without a request.
    """

    def __init__(self, clock: SteadyClock, *, life_s: float, idle_s: float) -> None:
        self._clock = clock
        self._life_s = life_s
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._rows: dict[str, Session] = {}
        self._seen_s: dict[str, float] = {}

    def begin(self, role: Role) -> tuple[str, Session]:
        """Sign somebody in; returns the token for the cookie and the session."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now_s = self._clock.monotonic_s()
        session = Session(_key(token), role, secrets.token_urlsafe(_TOKEN_BYTES), now_s)
        with self._lock:
            self._forget_old(now_s)
            if len(self._rows) >= MAX_SESSIONS:
                self._drop(min(self._seen_s, key=lambda key: self._seen_s[key]))
            self._rows[session.key], self._seen_s[session.key] = session, now_s
        return token, session

    def find(self, token: str, *, touch: bool = True) -> Session | None:
        """The live session of a token, or None.

        Args:
            token: what the cookie holds.
            touch: count this as a sign of life; False for what a page does by itself.
        """
        key, now_s = _key(token), self._clock.monotonic_s()
        with self._lock:
            session = self._rows.get(key)
            if session is None or not self._is_live(session, now_s):
                self._drop(key)
                return None
            if touch:
                self._seen_s[key] = now_s
            return session

    def end(self, session: Session) -> None:
        """Sign one session out."""
        with self._lock:
            self._drop(session.key)

    def end_all(self, role: Role, *, but: Session | None = None) -> None:
        """Sign out all sessions of an account, but for one."""
        with self._lock:
            for session in list(self._rows.values()):
                if session.role is role and session != but:
                    self._drop(session.key)

    def _is_live(self, session: Session, now_s: float) -> bool:
        idle_s = now_s - self._seen_s[session.key]
        return now_s - session.began_s < self._life_s and idle_s < self._idle_s

    def _forget_old(self, now_s: float) -> None:
        for session in list(self._rows.values()):
            if not self._is_live(session, now_s):
                self._drop(session.key)

    def _drop(self, key: str) -> None:
        self._rows.pop(key, None)
        self._seen_s.pop(key, None)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
