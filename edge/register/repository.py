"""The published repository: a folder of plain files that any web server or USB stick can serve.

    metadata/N.root.json N.targets.json N.snapshot.json timestamp.json
    targets/SHA256.watchlist.json
    targets/segments/SHA256.SHA256.segment

In: a destination, a :class:`Release`. Out: the files. Always: files that a release refers to are
on the medium before the timestamp that names it, and files that it no longer refers to go after
it, so whoever stops in between leaves the old release or the new one. Metadata and manifest of
the release before stay one time longer, for boxes that are just reading; segments do not,
because they may hold the template of somebody who asked to be forgotten. What lies there is
never believed: ``publish.py`` compares it with what the register knows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Timestamp

from edge.errors import RegisterError, WatchlistError
from edge.register.release import Release
from edge.runtime.atomic_file import write_atomically
from edge.watchlist.limits import MAX_SEGMENT_BYTES, MAX_SEGMENTS
from edge.watchlist.manifest import MAX_MANIFEST_BYTES, Manifest, read_manifest

METADATA, TARGETS, SEGMENTS = "metadata", "targets", "segments"
_MAX_METADATA_BYTES = 64 * 1024
_NUMBERED = re.compile(r"(\d+)\.(targets|snapshot)\.json")
_UNFINISHED = re.compile(r"\..*\.new")
_MANIFEST = ".watchlist.json"


def destination_folder(address: str) -> Path:
    """The folder that a destination names.

    Args:
        address: a path or a ``file:`` address.

    Raises:
        RegisterError: it is an address of another kind, or a file.
    """
    parts = urlsplit(address)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        address = unquote(parts.path)
    elif "://" in address:
        raise RegisterError(
            f"{address} is neither a folder nor a web server.",
            "Publish to a folder and copy it there with what suits it (rclone, aws s3 sync): "
            "first targets/ and the numbered files of metadata/, then metadata/timestamp.json.",
        )
    folder = Path(address).absolute()
    if folder.exists() and not folder.is_dir():
        raise RegisterError(
            f"{folder} is a file; a repository is a folder.", "Name a new folder for it."
        )
    return folder


@dataclass(frozen=True, slots=True)
class Live:
    """What a timestamp in the folder says.

    Attributes:
        version: of the release.
        ours: whether one of the register's roots vouches for it.
    """

    version: int
    ours: bool


def write_readable(path: Path, data: bytes) -> None:
    """Replace a file that a web server's account can read.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(path, data, mode=0o644)


class RepositoryFolder:
    """A destination.

    Args:
        folder: made when it is first written.
        write: how a file is replaced, all or nothing.
    """

    def __init__(
        self, folder: Path, *, write: Callable[[Path, bytes], None] = write_readable
    ) -> None:
        self.folder = folder
        self._write = write

    def live(self, roots: Sequence[Root]) -> Live | None:
        """The release that the folder offers; None when it offers none.

        Raises:
            RegisterError: its timestamp cannot be read.
        """
        path = self.folder / METADATA / "timestamp.json"
        if not path.exists():
            return None
        try:
            signed = Metadata[Timestamp].from_bytes(_read(path, _MAX_METADATA_BYTES))
        except RepositoryError as error:
            raise RegisterError(
                f"{path} is damaged.", "Publish to a new folder, or delete this one first."
            ) from error
        ours = any(_vouches(root, signed) for root in roots)
        return Live(signed.signed.version, ours)

    def has_root(self, version: int) -> bool:
        """Whether the folder holds a root of this number."""
        return (self.folder / METADATA / f"{version}.root.json").exists()

    def manifest(self, sha256: str) -> Manifest | None:
        """The manifest with this hash; None when it is not there, or altered."""
        path = self.folder / TARGETS / f"{sha256}{_MANIFEST}"
        try:
            data = _read(path, MAX_MANIFEST_BYTES)
            return read_manifest(data) if _sha256(data) == sha256 else None
        except (RegisterError, WatchlistError):
            return None

    def segment(self, name: str) -> bytes | None:
        """A segment's bytes; None when they are not there, or altered."""
        try:
            data = _read(self.folder / TARGETS / SEGMENTS / _doubled(name), MAX_SEGMENT_BYTES)
        except RegisterError:
            return None
        return data if _sha256(data) == name else None

    def segments(self) -> Iterator[bytes]:
        """The segments of the newest manifest that lies there; none when there is none."""
        found = [self.manifest(path.name.partition(".")[0]) for path in self._manifests()]
        newest = max((one for one in found if one), key=lambda one: one.version, default=None)
        for row in newest.segments if newest else ():
            data = self.segment(row.id)
            if data is not None:
                yield data

    def write(self, release: Release, before: Live | None) -> int:
        """Write a release and delete what is left of those before; returns the bytes written.

        Raises:
            RegisterError: a file cannot be written or deleted.
        """
        try:
            for name in (METADATA, TARGETS, f"{TARGETS}/{SEGMENTS}"):
                (self.folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
            written = sum(self._put(name, data) for name, data in release.files())
            self._tidy(release, before)
        except OSError as error:
            raise RegisterError(
                f"{self.folder} cannot be written ({error.strerror}).",
                "Check the path, its rights and free space, and publish again; the version "
                "number is used up.",
            ) from error
        return written

    def _put(self, name: str, data: bytes) -> int:
        self._write(self.folder / name, data)
        return len(data)

    def _tidy(self, release: Release, before: Live | None) -> None:
        """Delete what neither this release nor, of the small files, the one before refers to."""
        kept = {release.version, before.version if before else release.version}
        for path in (self.folder / METADATA).iterdir():
            numbered = _NUMBERED.fullmatch(path.name)
            if _UNFINISHED.fullmatch(path.name) or (numbered and int(numbered[1]) not in kept):
                path.unlink(missing_ok=True)
        for path in self._manifests():
            found = self.manifest(path.name.partition(".")[0])
            if found is None or found.version not in kept:
                path.unlink(missing_ok=True)
        listed = {_doubled(row.id) for row in release.manifest.segments}
        for path in (self.folder / TARGETS / SEGMENTS).iterdir():
            if path.name not in listed and (
                path.suffix == ".segment" or _UNFINISHED.fullmatch(path.name)
            ):
                path.unlink(missing_ok=True)
        for path in (self.folder / TARGETS).glob(".*.new"):
            path.unlink(missing_ok=True)

    def _manifests(self) -> list[Path]:
        return sorted((self.folder / TARGETS).glob(f"*{_MANIFEST}"))[:MAX_SEGMENTS]


def _doubled(name: str) -> str:
    return f"{name}.{name}.segment"


def _vouches(root: Root, signed: Metadata[Timestamp]) -> bool:
    try:
        root.verify_delegate("timestamp", signed.signed_bytes, signed.signatures)
    except (RepositoryError, ValueError):
        return False
    return True


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except OSError as error:
        raise RegisterError(
            f"{path} cannot be read ({error.strerror}).", "Check the folder's rights."
        ) from error
