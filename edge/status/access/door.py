"""The door of the page: lets people in and out, and leaves a line for each.

In: a role, a password, and the address it comes from. Out: a session, or :class:`Refused`
with two sentences. Always: an address that guessed wrong a few times waits, and so does an
account that was guessed at from many addresses; while somebody waits the password is not
looked at; a sign-in, a lock-out, a sign-out and a changed password are in the audit log before
they happen, and no password ever is.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping

from edge.errors import WatchpostError
from edge.runtime.audit import AuditLine, AuditLog
from edge.runtime.clock import Clock
from edge.status import words
from edge.status.access.accounts import Accounts
from edge.status.access.roles import Role
from edge.status.access.sessions import Session, Sessions
from edge.status.access.throttle import Throttle

TRIES_OF_ADDRESS = 5
TRIES_OF_ACCOUNT = 50


class Refused(WatchpostError):  # noqa: N818 - reads as what happened
    """Somebody is not let in.

    Args:
        problem: as for every error.
        remedy: as for every error.
        wait_s: how long to wait before the next try; 0 when none is needed.
    """

    def __init__(self, problem: str, remedy: str, wait_s: float = 0.0) -> None:
        super().__init__(problem, remedy)
        self.wait_s = wait_s


class Door:
    """Signs people in and out.

    Args:
        accounts: the passwords.
        sessions: who is in.
        audit: where each deed leaves a line.
        clock: time.
    """

    def __init__(
        self, accounts: Accounts, sessions: Sessions, audit: AuditLog, clock: Clock
    ) -> None:
        self.sessions = sessions
        self._accounts = accounts
        self._audit = audit
        self._clock = clock
        self._by_address = Throttle(clock, TRIES_OF_ADDRESS)
        self._by_account = Throttle(clock, TRIES_OF_ACCOUNT)

    def sign_in(self, role: Role, password: str, address: str) -> tuple[str, Session]:
        """Let somebody in; returns the token for the cookie and the session.

        Raises:
            Refused: the password is wrong, or the caller must wait.
            ConfigError: the accounts cannot be read.
        """
        self.confirm(role, password, address)
        self.record(role, "sign-in", {"address": address})
        return self.sessions.begin(role)

    def confirm(self, role: Role, password: str, address: str) -> None:
        """Ask for a password again before something grave.

        Raises:
            Refused: as for ``sign_in``.
            ConfigError: the accounts cannot be read.
        """
        caller = _caller(address)
        wait_s = max(self._by_address.wait_s(caller), self._by_account.wait_s(role))
        if wait_s:
            raise _locked(wait_s)
        if self._accounts.is_right(role, password):
            self._by_address.right(caller)
            self._by_account.right(role)
            return
        wait_s = max(self._by_address.wrong(caller), self._by_account.wrong(role))
        if wait_s:
            self.record(role, "lock-out", {"address": address, "seconds": math.ceil(wait_s)})
            raise _locked(wait_s)
        raise Refused(
            "The password is not right.",
            "Try again; `watchpost status password` on the box shows the first one or makes a "
            "new one.",
        )

    def sign_out(self, session: Session) -> None:
        """End a session."""
        self.record(session.role, "sign-out", {})
        self.sessions.end(session)

    def change_password(self, session: Session, old: str, new: str, address: str) -> None:
        """Change the password of one's own account; its other sessions end.

        Raises:
            Refused: the old password is wrong, or the caller must wait.
            ConfigError: the new one is too short or too long, or cannot be written.
        """
        self.confirm(session.role, old, address)
        self._accounts.change(session.role, new)
        self.record(session.role, "password-changed", {"address": address})
        self.sessions.end_all(session.role, but=session)

    def record(self, role: Role, action: str, facts: Mapping[str, str | int]) -> None:
        """Leave a line in the audit log; ids and numbers only.

        Raises:
            Refused: the log cannot be written, so that the deed must not happen either.
        """
        try:
            self._audit.append(AuditLine(self._clock.utc(), role.value, action, facts))
        except (OSError, ValueError) as error:
            raise Refused(
                f"The audit log cannot be written ({error}).",
                "Free space on the box, or repair the log; nothing was done.",
            ) from error


def _caller(address: str) -> str:
    """An address, or the /64 it is in: a host may take any address of that."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _locked(wait_s: float) -> Refused:
    minutes = words.count(math.ceil(wait_s / 60), "minute")
    return Refused(
        "There were too many wrong passwords.",
        f"Wait {minutes} and try again.",
        wait_s,
    )
