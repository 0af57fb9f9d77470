"""What the page may know of the list in force, as a small JSON file in the run folder.

In: the store and what its TUF client remembers. Out: version, lists and their purposes, counts,
expiry, whose signatures were checked. Always: no entry, person or label is in it, so that the
page's process needs no key; it is written again only when the list or its metadata changed; a
list that cannot be read is told as a problem and never raised.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from edge.errors import WatchlistError
from edge.runtime.atomic_file import write_atomically
from edge.watchlist.active import Active
from edge.watchlist.store import SealedStore

log = logging.getLogger(__name__)

_ROLES = ("root", "targets", "snapshot", "timestamp")


class ListFacts:
    """Keeps the file at what is in force.

    Args:
        store: where the list lies.
        path: the file.
    """

    def __init__(self, store: SealedStore, path: Path) -> None:
        self._store = store
        self._path = path
        self._seen: object = None

    def refresh(self) -> None:
        """Write the file if something changed; costs two looks at files otherwise."""
        stamp = (self._store.stamp(), _changed(self._store.metadata_folder / "timestamp.json"))
        if stamp == self._seen:
            return
        try:
            active = self._store.active()
            document = self._document(active) if active else {}
        except WatchlistError as error:
            document = {"problem": error.problem, "remedy": error.remedy}
        try:
            data = json.dumps({"format": 1, **document}).encode()
            write_atomically(self._path, data, durable=False)
            self._seen = stamp
        except OSError as error:
            log.warning("what the page may know of the list cannot be written (%s)", error)

    def _document(self, active: Active) -> dict[str, Any]:
        manifest = active.manifest
        return {
            "version": manifest.version,
            "issued_at": manifest.issued_at.isoformat(),
            "expires_at": manifest.expires_at.isoformat(),
            "pack": manifest.pack,
            "lists": [one.model_dump() for one in manifest.lists],
            "segments": len(manifest.segments),
            "entries": manifest.entries,
            "revoked": len(manifest.revoked),
            "erasures_waiting": len(active.erasures),
            "root": active.trust,
            "roles": _roles(self._store.metadata_folder),
        }


def _roles(folder: Path) -> list[dict[str, Any]]:
    """Of each role: version, expiry, how many keys it has and how many must sign."""
    try:
        root = Metadata[Root].from_bytes((folder / "root.json").read_bytes()).signed
        return [_role(folder, root, name) for name in _ROLES]
    except (OSError, RepositoryError) as error:
        log.warning("what is remembered of the repository cannot be read (%s)", error)
        return []


def _role(folder: Path, root: Root, name: str) -> dict[str, Any]:
    found: Metadata[Any] = Metadata.from_bytes((folder / f"{name}.json").read_bytes())
    return {
        "role": name,
        "version": found.signed.version,
        "expires_at": found.signed.expires.isoformat(),
        "keys": len(root.roles[name].keyids),
        "threshold": root.roles[name].threshold,
        "signatures": len(found.signatures),
    }


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
