"""Describes the box to Home Assistant, or takes the description back.

In: the active watchlist's version and lists. Out: one retained message when it is due. Always:
told at each new connection and when the lists changed; switched off, an empty message at each
new connection takes away what an earlier run may have described.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.processes.telling import Moment
from edge.report.home_assistant import discovery_message


class HomeAssistantTeller:
    """Tells Home Assistant of the box; see ``edge/report/home_assistant.py``.

    Args:
        topic: where.
        site: where the box is.
        box: which box.
        version: of watchpost.
        lists: ids of the active lists; asked when the watchlist's version changed.
    """

    def __init__(
        self, topic: str, *, site: str, box: str, version: str, lists: Callable[[], Sequence[str]]
    ) -> None:
        self._topic = topic
        self._site = site
        self._box = box
        self._version = version
        self._lists = lists
        self._known: tuple[str, ...] = ()
        self._known_version = 0
        self._ever: set[str] = set()

    def due(self, moment: Moment) -> list[tuple[str, bytes]]:
        """See :class:`edge.processes.telling.Teller`.

        Raises:
            WatchlistError: the active list cannot be read.
        """
        before = self._known
        if moment.watchlist_version != self._known_version:
            self._known = tuple(self._lists())
            self._known_version = moment.watchlist_version
            self._ever |= set(self._known)
        if self._known == before and not moment.fresh:
            return []
        message = discovery_message(
            self._site,
            self._box,
            lists=self._known,
            gone=sorted(self._ever - set(self._known)),
            version=self._version,
        )
        return [(self._topic, message)]


class SilentTeller:
    """Takes back what was described on a topic.

    Args:
        topic: where.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def due(self, moment: Moment) -> list[tuple[str, bytes]]:
        """See :class:`edge.processes.telling.Teller`."""
        return [(self._topic, b"")] if moment.fresh else []
