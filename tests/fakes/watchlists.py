"""Watchlists, keys and a clock for tests; everything follows from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.values import Entry, Floats, ListInfo, Watchlist
from edge.watchlist.gallery import Gallery
from edge.watchlist.listing import Listing
from edge.watchlist.names import Names
from edge.watchlist.quantise import Int8s
from edge.watchlist.table import Enrolled, EntryTable, table_of_entries

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PACK = "test@1.0"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LISTS = (
    ListInfo("guests", "Greet our guests.", show_label=True),
    ListInfo("staff", "Open the door.", show_label=False),
)


class StillClock:
    """A clock that stands until a test moves it."""

    def __init__(self, now: datetime = NOW, *, trusted: bool = True) -> None:
        self.now = now
        self.trusted = trusted
        self.steady_s = 100.0

    def monotonic_s(self) -> float:
        return self.steady_s

    def utc(self) -> datetime:
        return self.now

    def trusted_utc(self) -> datetime | None:
        return self.now if self.trusted else None

    def advance(self, step: timedelta) -> None:
        self.now += step
        self.steady_s += step.total_seconds()


def rows(count: int, dimensions: int = 32, seed: int = 0) -> Floats:
    """Random rows of length 1."""
    drawn = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    unit: Floats = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def entry(
    number: int,
    *,
    person: int | None = None,
    list_id: str = "guests",
    sites: Sequence[str] = ("*",),
    expires: datetime = NOW + timedelta(days=100),
    templates: Floats | None = None,
) -> Entry:
    who = number if person is None else person
    return Entry(
        entry_id=f"entry-{number:04}",
        person_id=f"person-{who:04}",
        list_id=list_id,
        label=f"Person {who}",
        sites=tuple(sites),
        consent_expires=expires,
        templates=rows(3, seed=number) if templates is None else templates,
    )


def watchlist(
    *entries: Entry,
    version: int = 1,
    pack: str = PACK,
    expires: datetime = NOW + timedelta(days=30),
) -> Watchlist:
    return Watchlist(
        version=version,
        issued_at=NOW - timedelta(days=1),
        expires_at=expires,
        pack=pack,
        lists=LISTS,
        entries=entries,
    )


def show(gallery: Gallery, shown: Watchlist) -> None:
    """Let a gallery search a list, as one new segment."""
    listing = Listing(shown.version, shown.pack, shown.expires_at, shown.lists, (uuid4().hex,))
    gallery.replace(listing, lambda _: table_of_entries(shown.pack, shown.entries))


def table(templates: Int8s, *, rows_each: int = 1) -> EntryTable:
    """Columns with one entry a person and so many rows an entry; the last has what is left."""
    people = -(-len(templates) // rows_each)
    ends = np.minimum(np.arange(people + 1) * rows_each, len(templates))
    enrolled = Enrolled(
        ends_us=np.full(people, 2**60),
        first_entry=np.arange(people + 1, dtype=np.uint32),
        person_ids=Names.of(f"person-{n:06}" for n in range(people)),
        entry_ids=Names.of(f"entry-{n:06}" for n in range(people)),
        labels=None,
        lists=("guests",),
        list_of_entry=np.zeros(people, np.uint8),
    )
    scope = np.zeros(people, np.uint32)
    return EntryTable(PACK, enrolled, templates, ends.astype(np.uint32), (("*",),), scope)
