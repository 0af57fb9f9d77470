"""Tells whoever started this process how it goes: the protocol of ``sd_notify(3)``.

In: ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC`` of the environment. Out: datagrams on that socket, to
systemd or to ``watchpost run``, which speaks the same. Always: a starter that does not listen just
now is waited for ``PATIENCE_S`` at most, and what it missed is said again the next time; one that
has gone or never was costs nothing. When to say what is the service runner's matter.

An address that begins with ``@`` is a name in the abstract namespace (``unix(7)``).
"""

from __future__ import annotations

import logging
import math
import os
import socket
from collections.abc import Mapping
from typing import Protocol

log = logging.getLogger(__name__)

ADDRESS = "NOTIFY_SOCKET"
WATCHDOG = "WATCHDOG_USEC"
READY = "READY"
STOPPING = "STOPPING"
FED = "WATCHDOG"
LIMIT = "WATCHDOG_USEC"
MORE_TIME = "EXTEND_TIMEOUT_USEC"
STATUS = "STATUS"
STOPPED = "Stopped by a signal."
FINISHED = "The work is done."
MAX_MESSAGE_BYTES = 4096
PATIENCE_S = 0.05  # the kernel keeps ten unread datagrams for all senders together (unix(7))
_PER_S = 1_000_000


class Starter(Protocol):
    """Whoever started this process and watches over it."""

    def progressed(self, within_s: float = 0.0) -> None:
        """A piece of work is done; the next is done within ``within_s`` or the usual limit."""
        ...

    def busy(self, within_s: float) -> None:
        """Nothing is done, for a foreseen reason; tried again within ``within_s``."""
        ...

    def stopping(self, *, finished: bool) -> None:
        """The end has begun: of itself, or because somebody asked for it."""
        ...


class SystemdStarter:
    """Speaks to systemd, or to ``watchpost run``.

    The first progress is what makes the service ready; until then :meth:`busy` asks for more
    time to start, so that a camera that is missing does not count as a hang. Later it widens the
    watchdog's limit for as long as the trouble lasts.

    Args:
        address: the socket; "": nobody listens.
        limit_s: the watchdog's usual limit, seconds; 0: there is no watchdog.
    """

    def __init__(self, address: str, limit_s: float) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._limit_s = limit_s
        self._wide = False
        self._ready = False

    def progressed(self, within_s: float = 0.0) -> None:
        """See :class:`Starter`."""
        lines = [] if self._ready else [f"{READY}=1"]
        wide = 0 < self._limit_s < within_s
        if wide:
            lines += self._widened(within_s)
        elif self._wide:
            lines.append(f"{LIMIT}={_microseconds(self._limit_s)}")
        if self._send([*lines, f"{FED}=1"]):
            self._ready, self._wide = True, wide

    def busy(self, within_s: float) -> None:
        """See :class:`Starter`."""
        if self._ready:
            taken = self._send([*self._widened(within_s), f"{FED}=1"])
            self._wide = self._wide or (taken and self._limit_s > 0)
        else:
            self._send([f"{MORE_TIME}={_microseconds(within_s)}"])

    def stopping(self, *, finished: bool) -> None:
        """See :class:`Starter`."""
        self._send([f"{STOPPING}=1", f"{STATUS}={FINISHED if finished else STOPPED}"])

    def _widened(self, within_s: float) -> list[str]:
        if not self._limit_s:
            return []
        return [f"{LIMIT}={_microseconds(max(within_s, self._limit_s))}"]

    def _send(self, lines: list[str]) -> bool:
        """Whether it was taken; with nobody there to take it, it was."""
        if not self._address:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.settimeout(PATIENCE_S)
                way.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            log.debug("the starter does not listen (%s)", error)
            return False
        return True


def starter_of(environ: Mapping[str, str]) -> SystemdStarter:
    """Whoever the environment says started this process.

    A watchdog that is meant for another process (``WATCHDOG_PID``) is none.
    """
    meant_for = environ.get("WATCHDOG_PID", "")
    ours = meant_for in ("", str(os.getpid()))
    limit = environ.get(WATCHDOG, "") if ours else ""
    limit_s = int(limit) / _PER_S if limit.isdecimal() else 0.0
    return SystemdStarter(environ.get(ADDRESS, ""), limit_s)


def seconds_of(text: str) -> float | None:
    """Microseconds of a message as seconds; None when they are no number."""
    return int(text) / _PER_S if text.isdecimal() and len(text) <= 15 else None


def _microseconds(seconds: float) -> int:
    return math.ceil(seconds * _PER_S)
