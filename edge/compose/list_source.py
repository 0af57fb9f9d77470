"""Where the box's watchlist comes from, and what keeps it fresh; only ``report`` needs this."""

from __future__ import annotations

import random
from pathlib import Path

from edge.compose import lists
from edge.errors import ConfigError
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.watchlist.apply import Applier
from edge.watchlist.fetcher import BoundedFetcher
from edge.watchlist.list_facts import ListFacts
from edge.watchlist.origin import NO_ROOT, repository_url
from edge.watchlist.repository import SignedRepository
from edge.watchlist.store import SealedStore
from edge.watchlist.sync import Synchroniser


def facts(settings: Settings) -> ListFacts:
    """What the page may know of the list in force."""
    return ListFacts(lists.store(settings), settings.box.run_dir / "watchlist.json")


def repository(settings: Settings, metadata: Path, address: str = "") -> SignedRepository:
    """Where lists come from.

    Args:
        settings: name the source and the root.
        metadata: folder for what is remembered of it.
        address: another source than the settings'.

    Raises:
        ConfigError: the source is no address, or there is no root.
    """
    url = repository_url(address or settings.watchlist.source)
    root = settings.watchlist.root
    if root is None:
        raise ConfigError(*NO_ROOT)
    return SignedRepository(url, root, metadata, BoundedFetcher())


def applier(settings: Settings, pack: str, store: SealedStore) -> Applier:
    """What brings the box to a manifest.

    Args:
        settings: say how large a list may be.
        pack: ``id@version`` of the pack this box runs.
        store: where the list lies.
    """
    return Applier(store, pack, settings.watchlist.max_bytes)


def synchroniser(
    settings: Settings, pack: str, clock: Clock, chance: random.Random
) -> Synchroniser:
    """What keeps the list fresh.

    Raises:
        ConfigError: the source is no address, or there is no root.
    """
    lies = lists.store(settings)
    return Synchroniser(
        repository(settings, lies.metadata_folder),
        lies,
        applier(settings, pack, lies),
        clock,
        settings.watchlist.refresh,
        chance,
    )
