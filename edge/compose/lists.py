"""The box's watchlist where it lies."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from edge.runtime.setting_tables import Settings
from edge.watchlist import box_key
from edge.watchlist.origin import trust_in
from edge.watchlist.store import FOLDER_NAME, SealedStore


def store(settings: Settings) -> SealedStore:
    """Where the list in force lies, sealed."""
    state = settings.box.state_dir
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    key = box_key.BoxKey(state / box_key.FILE_NAME, Path(credentials) if credentials else None)
    return SealedStore(state / FOLDER_NAME, key, partial(trust_in, settings.watchlist.root))
