"""The names on a list, as the operator may read them on the box's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.values.checks import aware, need

MAX_NAMES = 1000


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """One enrolment that can match now, here.

    Attributes:
        label: what to call the person.
        entry_id: its id.
        expires_at: UTC end of the consent.
    """

    label: str
    entry_id: str
    expires_at: datetime

    def __post_init__(self) -> None:
        aware(self.expires_at, "expires_at")


@dataclass(frozen=True, slots=True)
class NamesOnList:
    """Who of a list can match now, here.

    Attributes:
        list_id: the list.
        version: of the watchlist that this was read from.
        total: how many entries there are.
        entries: the first of them by name, at most ``MAX_NAMES``.
    """

    list_id: str
    version: int
    total: int
    entries: tuple[NamedEntry, ...]

    def __post_init__(self) -> None:
        need(len(self.entries) <= min(MAX_NAMES, self.total), "no more names than entries")
