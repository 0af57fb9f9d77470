"""A published repository as a box reads it: python-tuf's client, then manifest and segments."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from edge.register.database import Register
from edge.values import Entry
from edge.watchlist.fetcher import BoundedFetcher
from edge.watchlist.manifest import (
    MANIFEST_TARGET,
    MAX_MANIFEST_BYTES,
    Manifest,
    read_manifest,
    segment_target,
)
from edge.watchlist.quantise import restore
from edge.watchlist.repository import Offer, SignedRepository
from edge.watchlist.table import EntryTable


class Box:
    """Remembers what it has seen, as a box does.

    Args:
        register: whose root it was given.
        folder: the repository's.
    """

    def __init__(self, register: Register, folder: Path) -> None:
        self._clock = register.clock
        self._memory = Path(tempfile.mkdtemp(dir=register.folder.parent))
        self._root = self._memory / "root.json"
        self._root.write_bytes((register.folder / "root.json").read_bytes())
        self._url = folder.as_uri()

    def look(self, now: datetime | None = None) -> Offer:
        repository = SignedRepository(
            self._url, self._root, self._memory / "metadata", BoundedFetcher()
        )
        return repository.look(now or self._clock.utc())

    def manifest(self) -> Manifest:
        return read_manifest(self.look().target(MANIFEST_TARGET, MAX_MANIFEST_BYTES))

    def tables(self) -> list[EntryTable]:
        offer = self.look()
        manifest = read_manifest(offer.target(MANIFEST_TARGET, MAX_MANIFEST_BYTES))
        return [
            manifest.open(row, offer.target(segment_target(row.id), row.bytes))
            for row in manifest.segments
        ]

    def entries(self) -> list[Entry]:
        """All entries, the revoked ones too, by id."""
        found = [entry for table in self.tables() for entry in entries_of(table)]
        return sorted(found, key=lambda one: one.entry_id)


def entries_of(table: EntryTable) -> list[Entry]:
    enrolled, people = table.enrolled, table.enrolled.person_of_entry
    found = []
    for place in range(len(enrolled)):
        ref = enrolled.ref(place, enrolled.lists)
        first, end = table.first_row[place : place + 2].tolist()
        found.append(
            Entry(
                entry_id=ref.entry_id,
                person_id=enrolled.person_ids[int(people[place])],
                list_id=ref.list_id,
                label=ref.label,
                sites=table.scopes[table.scope_of_entry[place]],
                consent_expires=datetime.fromtimestamp(enrolled.ends_us[place] / 1e6, tz=UTC),
                templates=restore(table.templates[first:end]),
            )
        )
    return found
