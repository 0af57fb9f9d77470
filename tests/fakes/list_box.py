"""A box's watchlist as tests use it: a folder, a clock, and a repository to follow."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from tuf.ngclient import FetcherInterface

from edge.runtime.atomic_file import write_atomically
from edge.watchlist.apply import Applier
from edge.watchlist.box_key import BoxKey
from edge.watchlist.origin import trust_in
from edge.watchlist.repository import SignedRepository
from edge.watchlist.store import SealedStore
from edge.watchlist.sync import Synchroniser
from tests.fakes.repository import URL, SimulatedRepository
from tests.fakes.watchlists import PACK, StillClock


def write_quickly(path: Path, data: bytes) -> None:
    """All or nothing for readers, though not for power cuts: most tests cut no power."""
    write_atomically(path, data, durable=False)


class ListBox:
    """The parts that ``edge/compose/lists.py`` joins, joined for a test."""

    def __init__(
        self,
        folder: Path,
        repository: SimulatedRepository,
        *,
        fetcher: FetcherInterface | None = None,
        url: str = URL,
        pack: str = PACK,
        max_bytes: int = 2**24,
        refresh: timedelta = timedelta(minutes=5),
        write: Callable[[Path, bytes], None] = write_quickly,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder / "watchlist"
        self.root = folder / "root.json"
        if not self.root.exists():
            self.root.write_bytes(repository.first_root)
        self.clock = StillClock()
        self.key = BoxKey(folder / "watchlist.key")
        self.store = SealedStore(self.folder, self.key, partial(trust_in, self.root), write=write)
        self.sync = Synchroniser(
            SignedRepository(url, self.root, self.store.metadata_folder, fetcher or repository),
            self.store,
            Applier(self.store, pack, max_bytes),
            self.clock,
            refresh,
            random.Random(1),
        )

    def entries(self) -> list[str]:
        """Ids of all entries in force, in order."""
        active = self.store.active()
        tables = [self.store.segment(one) for one in active.segments()] if active else []
        return sorted(name for table in tables for name in table.enrolled.entry_ids)
