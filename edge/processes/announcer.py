"""Tells the local network where the page is: multicast DNS and DNS-SD, by zeroconf.

In: the box's name, its address in the network, the page's port. Out: ``NAME.local`` and a service
``_https._tcp`` (or ``_http._tcp``) of the same name. Always: an address that came, went or
changed is noticed within ``LOOK_EVERY_S``; a name that another machine has gets a number; no
network, or one without multicast, is no fault of the page. Nothing
but name, port and scheme is told.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Protocol

from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, NonUniqueNameException, ServiceInfo, Zeroconf

from edge.runtime.box_name import names_to_try
from edge.runtime.clock import Clock

log = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
# A machine that has told its name a moment ago may wait a second before it says so again.
ASK_MS = 2500


class Announcer(Protocol):
    """Tells where the page is."""

    name: str

    def look_around(self, port: int, *, secure: bool) -> None:
        """Announce, or announce anew where the address has changed; cheap, called often."""
        ...

    def close(self) -> None:
        """Say that it is gone; safe to call twice."""
        ...


class MdnsAnnouncer:
    """Announces over multicast DNS.

    Args:
        name: the box's name, without ``.local``.
        address: the box's IPv4 address in its network now, or None.
        clock: time.
        ask_ms: how long to wait for one who has the name already, milliseconds.

    Attributes:
        name: under which it is announced, such as ``watchpost-1-2.local``; "" while it is not.
    """

    def __init__(
        self,
        name: str,
        address: Callable[[], str | None],
        clock: Clock,
        *,
        ask_ms: int = ASK_MS,
    ) -> None:
        self._ask_ms = ask_ms
        self._wanted = name
        self._address = address
        self._clock = clock
        self._told: str | None = None
        self._zeroconf: Zeroconf | None = None
        self._looked_s = float("-inf")
        self.name = ""

    def look_around(self, port: int, *, secure: bool) -> None:
        """See :class:`Announcer`."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        address = self._address()
        if address == self._told:
            return
        self.close()
        if address is not None:
            self._announce(address, port, secure=secure)

    def close(self) -> None:
        """See :class:`Announcer`."""
        self._told, self.name = None, ""
        if self._zeroconf is not None:
            zeroconf, self._zeroconf = self._zeroconf, None
            zeroconf.close()  # says goodbye first

    def _announce(self, address: str, port: int, *, secure: bool) -> None:
        try:
            # The one address, because asking for all of them needs a kind of socket that the
            # unit's sandbox forbids.
            self._zeroconf = Zeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
            self.name = self._register(self._zeroconf, address, port, secure=secure)
        except (OSError, ZeroconfError) as error:
            log.warning("the page is not announced: %s", error or type(error).__name__)
            self.close()
            return
        self._told = address
        log.info("the page is announced as %s", self.name)

    def _register(self, zeroconf: Zeroconf, address: str, port: int, *, secure: bool) -> str:
        """Register the first name that nobody has; returns it.

        Raises:
            NonUniqueNameException: others have all of them.
            OSError: the network refuses.
        """
        kind = f"_{'https' if secure else 'http'}._tcp.local."
        for label in names_to_try(self._wanted):
            info = ServiceInfo(
                kind,
                f"{label}.{kind}",
                port=port,
                addresses=[socket.inet_aton(address)],
                server=f"{label}.local.",
                properties={"path": "/"},
            )
            if zeroconf.get_service_info(kind, info.name, timeout=self._ask_ms) is not None:
                continue
            try:
                zeroconf.register_service(info)
            except NonUniqueNameException:
                continue
            return f"{label}.local"
        raise NonUniqueNameException
