"""The box's sealed watchlist: ``active.sealed`` and the segments it names.

In and out: the active document, and segments as tables. Always: what lies here is sealed with
the box's key; ``active.sealed`` is replaced all or nothing, after every segment that it names is
flushed to the medium, so the list in force is the old one or the new one; a segment is its
content's SHA-256, checked whenever it is read. What no longer belongs is removed after the
replacement, and again at the next start if a power cut came between.

Any process may read. To change something hold :meth:`SealedStore.alone`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import WatchlistError
from edge.runtime.atomic_file import sync_folder, write_atomically
from edge.watchlist import segment as segments
from edge.watchlist.active import Active, decode
from edge.watchlist.box_key import BoxKey
from edge.watchlist.limits import MAX_SEGMENT_BYTES
from edge.watchlist.sealed import OVERHEAD_BYTES, seal, unseal
from edge.watchlist.table import EntryTable

FOLDER_NAME = "watchlist"
ACTIVE_NAME = "active.sealed"
MAX_ACTIVE_BYTES = 64 * 1024 * 1024
_SEGMENTS = "segments"
_SUFFIX = ".sealed"
_MODE = 0o640

Stamp = tuple[int, int, int] | None


class SealedStore:
    """Holds the list in force in a folder.

    Args:
        folder: where the files lie; made when the first list is applied.
        key: seals them.
        trust: SHA-256 of the root this box was given; a list taken under another is not used.
        write: how a file is replaced, all or nothing.
    """

    def __init__(
        self,
        folder: Path,
        key: BoxKey,
        trust: Callable[[], str],
        *,
        write: Callable[[Path, bytes], None] = write_atomically,
    ) -> None:
        self._folder = folder
        self._key = key
        self._trust = trust
        self._write = write
        self._opened: dict[str, Stamp] = {}

    @property
    def metadata_folder(self) -> Path:
        """For what is remembered of the repository."""
        return self._folder / "metadata"

    def active(self) -> Active | None:
        """The list in force; None when there is none yet.

        Raises:
            WatchlistError: it does not open, or was taken under another root.
        """
        active = self.found()
        if active is not None and active.trust != self._trust():
            raise WatchlistError(
                "The watchlist on this box was signed under another root than watchlist.root.",
                "Nothing to do if the box reaches watchlist.source: it fetches a list by itself. "
                "To do it now, run `watchpost watchlist sync`.",
            )
        return active

    def found(self) -> Active | None:
        """What lies here, under whatever root it was taken; None when there is nothing.

        Raises:
            WatchlistError: it does not open.
        """
        path = self._folder / ACTIVE_NAME
        if not path.exists():
            return None
        return decode(self._open(path, ACTIVE_NAME, MAX_ACTIVE_BYTES))

    def version(self) -> int:
        """Version of the list in force; 0 when there is none that can be used."""
        try:
            active = self.active()
        except WatchlistError:
            return 0
        return active.manifest.version if active else 0

    def stamp(self) -> Stamp:
        """A value that changes when the list is replaced; None when there is none. Cheap."""
        return _stamp(self._folder / ACTIVE_NAME)

    def segment(self, segment_id: str) -> EntryTable:
        """A sealed segment's entries.

        Raises:
            WatchlistError: it is missing, does not open, or is not what its name says.
        """
        return segments.decode(self._contents(segment_id))

    def holds(self, segment_id: str) -> bool:
        """Whether a segment lies here and opens; it is opened again only when it changed."""
        stamp = _stamp(self._path(segment_id))
        if stamp is None:
            return False
        if self._opened.get(segment_id) != stamp:
            try:
                self._contents(segment_id)
            except WatchlistError:
                return False
            self._opened[segment_id] = stamp
        return True

    def put(self, segment_id: str, data: bytes) -> None:
        """Seal a segment; it counts once a list that names it is made the active one.

        Raises:
            WatchlistError: the medium refuses.
        """
        with self._writing():
            self._path(segment_id).parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._write(self._path(segment_id), seal(self._key.read_or_make(), segment_id, data))
        self._opened[segment_id] = _stamp(self._path(segment_id))

    def activate(self, active: Active) -> None:
        """Make a list the one in force: the one step from the old list to the new one.

        Raises:
            WatchlistError: the medium refuses; the old list stays in force.
        """
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            sealed = seal(self._key.read_or_make(), ACTIVE_NAME, active.encode())
            self._write(self._folder / ACTIVE_NAME, sealed)

    def tidy(self, active: Active) -> None:
        """Remove what the list in force does not need, such as segments with withdrawn people.

        Raises:
            WatchlistError: the medium refuses.
        """
        folder = self._folder / _SEGMENTS
        wanted = {self._path(one) for one in active.segments()}
        with self._writing():
            left = [*self._folder.glob(".*.new"), *self.metadata_folder.glob(".*.new")]
            left += [path for path in folder.glob("*") if path not in wanted]
            for path in left:
                path.unlink(missing_ok=True)
            if left and folder.is_dir():
                sync_folder(folder)
        self._opened = {k: v for k, v in self._opened.items() if self._path(k) in wanted}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from changing the list.

        Raises:
            WatchlistError: another one is at it, or the folder cannot be made.
        """
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._folder / "lock", flags, _MODE)
        try:
            _lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _path(self, segment_id: str) -> Path:
        return self._folder / _SEGMENTS / f"{segment_id}{_SUFFIX}"

    def _contents(self, segment_id: str) -> bytes:
        data = self._open(self._path(segment_id), segment_id, MAX_SEGMENT_BYTES)
        if segments.segment_id(data) != segment_id:
            raise WatchlistError(
                f"The sealed segment {segment_id[:16]} holds other bytes than its name says.",
                "Run `watchpost watchlist sync`, which fetches it anew.",
            )
        return data

    def _open(self, path: Path, name: str, max_bytes: int) -> bytes:
        try:
            with path.open("rb") as file:
                sealed = file.read(max_bytes + OVERHEAD_BYTES + 1)
        except OSError as error:
            raise WatchlistError(
                f"{path} cannot be read ({error.strerror}).",
                "Check the rights of box.state_dir; if the file is missing, run "
                "`watchpost watchlist sync`.",
            ) from error
        if len(sealed) > max_bytes + OVERHEAD_BYTES:
            raise WatchlistError(
                f"{path} has more than {max_bytes + OVERHEAD_BYTES} bytes.",
                "Delete it and run `watchpost watchlist sync`.",
            )
        return unseal(self._key.read(), name, sealed)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WatchlistError(
                f"The watchlist in {self._folder} cannot be written ({error.strerror}).",
                "Free some space or check the rights of box.state_dir; the old list stays active.",
            ) from error


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WatchlistError(
            "Another process is fetching the watchlist just now.", "Try again in a minute."
        ) from error


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
