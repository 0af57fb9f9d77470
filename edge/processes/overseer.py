"""What ``watchpost run`` hears from the processes it started: ready, progress, more time.

In: datagrams of ``sd_notify(3)`` on a socket in the abstract namespace. Out: for each child,
until when it must be heard again. Always: the kernel says who sent a message (``SCM_CREDENTIALS``),
so that one process cannot speak for another; a message that makes no sense counts as none.
What happens to a child that is silent for too long is the supervisor's matter.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable

from edge.runtime import notify

START_LIMIT_S = 60.0
_LONGEST_S = 3600.0
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred, unix(7)
_AT_ONCE = 256


class Overseer:
    """Listens to children and knows until when each must be heard again.

    Args:
        now_s: steady clock, seconds.
        limits_s: each process's watchdog limit by its name, seconds.
    """

    def __init__(self, now_s: Callable[[], float], limits_s: dict[str, float]) -> None:
        self._now_s = now_s
        self._limits_s = limits_s
        self._due_s: dict[int, float] = {}
        self._limit_s: dict[int, float] = {}
        self._ready: set[int] = set()
        self._stopped: set[int] = set()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._name = f"watchpost-{secrets.token_hex(8)}"

    def open(self) -> None:
        """Begin to listen."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.setblocking(False)
        self._socket.bind(f"\0{self._name}")

    def environment(self, name: str) -> dict[str, str]:
        """The variables that tell a child where to speak and how often."""
        limit_us = int(1e6 * self._limits_s.get(name, START_LIMIT_S))
        return {notify.ADDRESS: f"@{self._name}", notify.WATCHDOG: str(limit_us)}

    def started(self, pid: int, name: str) -> None:
        """A child has been started: it has a while to become ready."""
        self._limit_s[pid] = self._limits_s.get(name, START_LIMIT_S)
        self._due_s[pid] = self._now_s() + START_LIMIT_S

    def ended(self, pid: int) -> None:
        """A child has ended."""
        self._due_s.pop(pid, None)
        self._limit_s.pop(pid, None)
        self._ready.discard(pid)
        self._stopped.discard(pid)

    def was_stopped(self, pid: int) -> bool:
        """Whether a child said that a signal made it end, not the end of its work."""
        return pid in self._stopped

    def listen(self) -> None:
        """Take in what has been said."""
        for _ in range(_AT_ONCE):
            try:
                data, ancillary, _, _ = self._socket.recvmsg(
                    notify.MAX_MESSAGE_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size)
                )
            except BlockingIOError:
                return
            for level, kind, raw in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    self._note(_CREDENTIALS.unpack(raw)[0], data)

    def hangs(self, pid: int) -> bool:
        """Whether a child has been silent for too long."""
        return self._now_s() > self._due_s.get(pid, float("inf"))

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _note(self, pid: int, data: bytes) -> None:
        if pid not in self._due_s:
            return
        pairs = (line.partition("=") for line in data.decode("ascii", "replace").splitlines())
        said = {name: value for name, _, value in pairs}
        if (limit_s := notify.seconds_of(said.get(notify.LIMIT, ""))) is not None:
            self._limit_s[pid] = min(limit_s, _LONGEST_S)
        if said.get(notify.READY) == "1":
            self._ready.add(pid)
        if said.get(notify.STOPPING) == "1":
            self._due_s[pid] = self._now_s() + START_LIMIT_S
            if said.get(notify.STATUS) == notify.STOPPED:
                self._stopped.add(pid)
        elif said.get(notify.FED) == "1" and pid in self._ready:
            self._due_s[pid] = self._now_s() + self._limit_s[pid]
        elif (more_s := notify.seconds_of(said.get(notify.MORE_TIME, ""))) is not None:
            self._due_s[pid] = self._now_s() + min(more_s, _LONGEST_S)
