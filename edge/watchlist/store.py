"""The box's one active watchlist file.

In: bytes from a source. Out: verified lists. Always: the file in the folder is a whole list
that was verified before it was written; a list that is unsigned, altered, for another pack,
older than the active one, or expired changes nothing. The file is verified again whenever it
is read, so what the disk does to it is noticed.

What it does not do: it keeps no second memory of the highest version, so rollback protection
rests on the active file (its loss lets an older list in that is signed and not yet expired).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.errors import WatchlistError
from edge.runtime.atomic_file import write_atomically
from edge.values import Watchlist
from edge.watchlist import bundle

FOLDER_NAME = "watchlist"
FILE_NAME = "active.watchlist"

Stamp = tuple[int, int, int] | None


class ListStore:
    """Holds the active list in a folder.

    Args:
        folder: where the file lies; made when the first list is applied.
        keys: the keys whose signature counts.
        pack: ``id@version`` of the pack this box runs.
        max_bytes: the largest file to read.
        write: how a file is replaced, all or nothing.
    """

    def __init__(
        self,
        folder: Path,
        keys: Sequence[Ed25519PublicKey],
        pack: str,
        *,
        max_bytes: int = bundle.MAX_BYTES,
        write: Callable[[Path, bytes], None] = write_atomically,
    ) -> None:
        self._path = folder / FILE_NAME
        self._keys = tuple(keys)
        self._pack = pack
        self._max_bytes = max_bytes
        self._write = write

    def apply(self, data: bytes, now: datetime | None) -> Watchlist:
        """Verify a list and make it the active one; the same list again is no change.

        Args:
            data: the whole file.
            now: UTC time when it can be believed, else None: then the list's expiry is not
                checked here, and nothing matches until the time is known.

        Raises:
            WatchlistError: the list is not acceptable, or it cannot be written; the old
                list stays.
        """
        fresh = bundle.verify(data, self._keys)
        self._check_pack(fresh)
        if now is not None and now >= fresh.expires_at:
            raise WatchlistError(
                f"Watchlist version {fresh.version} expired at {fresh.expires_at.isoformat()}.",
                "Publish a new one with `watchpost register publish`.",
            )
        old_data = self._current()
        if old_data == data:
            return fresh
        self._check_order(fresh, data, old_data)
        self._replace(data)
        return fresh

    def load(self) -> Watchlist | None:
        """Read and verify the active list; None when there is none yet.

        Raises:
            WatchlistError: the file is damaged, signed with a key that no longer counts,
                or for another pack.
        """
        data = self._read()
        if data is None:
            return None
        watchlist = bundle.verify(data, self._keys)
        self._check_pack(watchlist)
        return watchlist

    def version(self) -> int:
        """Version of the active list; 0 when there is none that can be used."""
        watchlist = self._verified(self._current())
        return watchlist.version if watchlist else 0

    def stamp(self) -> Stamp:
        """A value that changes when the file is replaced; None when there is no file. Cheap."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _check_pack(self, watchlist: Watchlist) -> None:
        if watchlist.pack != self._pack:
            raise WatchlistError(
                f"The watchlist was made with pack {watchlist.pack}, "
                f"but this box runs pack {self._pack}.",
                "Set pack.name to the list's pack, or enrol the people again with the box's pack.",
            )

    def _check_order(self, fresh: Watchlist, data: bytes, old_data: bytes | None) -> None:
        old = self._verified(old_data)
        if old is None or fresh.version > old.version:
            return
        if fresh.version < old.version:
            raise WatchlistError(
                f"The watchlist offered is version {fresh.version}, older than the active "
                f"version {old.version}.",
                "Publish again; a box never goes back.",
            )
        raise WatchlistError(
            f"The watchlist offered differs from the active one but has the same version "
            f"{old.version} (SHA-256 {hashlib.sha256(data).hexdigest()[:16]}).",
            "Publish again from one register; two registers must not serve one box.",
        )

    def _verified(self, data: bytes | None) -> Watchlist | None:
        try:
            return bundle.verify(data, self._keys) if data is not None else None
        except WatchlistError:
            # Damaged, or signed with a key that was withdrawn: it must not block its successor.
            return None

    def _current(self) -> bytes | None:
        try:
            return self._read()
        except WatchlistError:
            return None

    def _read(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                data = file.read(self._max_bytes + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WatchlistError(
                f"The watchlist {self._path} cannot be read ({error.strerror}).",
                "Check the rights of box.state_dir and the medium.",
            ) from error
        if len(data) > self._max_bytes:
            raise WatchlistError(
                f"The watchlist {self._path} has more than {self._max_bytes} bytes.",
                "Raise watchlist.max_bytes, or publish it in parts, by site.",
            )
        return data

    def _replace(self, data: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            # What earlier power cuts left half written would fill the medium in the end.
            for left_over in self._path.parent.glob(f".{FILE_NAME}.*.new"):
                left_over.unlink()
            self._write(self._path, data)
        except OSError as error:
            raise WatchlistError(
                f"The watchlist {self._path} cannot be written ({error.strerror}).",
                "Free some space or check the rights of box.state_dir; the old list stays active.",
            ) from error
