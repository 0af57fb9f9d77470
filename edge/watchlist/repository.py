"""The box's view of the repository: The Update Framework's client, python-tuf's ``Updater``.

In: an address, the root that the box was given, the time. Out: what the repository offers now,
verified: a manifest's bytes, and segments on demand. Always (by the Updater): signatures reach
the thresholds that root sets; nothing older than what was seen before is accepted (rollback);
nothing expired (freeze); the parts belong together (mix and match); no file is longer than its
signed length. Always (here): all bounds on metadata, the caller's time instead of the
machine's, one error for everything that goes wrong, and nothing is written that lies there
already. Targets stay in memory.

It does not say what a manifest means, nor whether it is newer than the active one: ``apply.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, TargetFile
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from edge.errors import WatchlistError
from edge.runtime.atomic_file import write_atomically
from edge.watchlist.manifest import MANIFEST_TARGET, MAX_MANIFEST_BYTES, Manifest, read_manifest
from edge.watchlist.origin import MAX_ROOT_BYTES, read_root, trust_in

_BOUNDS = UpdaterConfig(
    max_root_rotations=64,
    max_delegations=1,
    root_max_length=MAX_ROOT_BYTES,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=64 * 1024,
    targets_max_length=4 * 1024 * 1024,
)
_STAYS = "the active list stays."
_REMEDIES: tuple[tuple[type[Exception], str, str], ...] = (
    (
        exceptions.ExpiredMetadataError,
        "has expired",
        f"Publish again with `watchpost register publish`; {_STAYS}",
    ),
    (
        exceptions.UnsignedMetadataError,
        "is not signed by enough of the keys that this box trusts",
        f"Check watchlist.source, and that watchlist.root is the operator's root.json; {_STAYS}",
    ),
    (
        exceptions.BadVersionNumberError,
        "offers something older than this box has seen, or parts of different versions",
        f"Serve the newest repository whole, or publish again; {_STAYS}",
    ),
    (
        exceptions.LengthOrHashMismatchError,
        "holds a file that differs from the one that was signed",
        f"Copy the repository again, whole; {_STAYS}",
    ),
    (
        exceptions.DownloadLengthMismatchError,
        "sends more than was signed, or than this box takes",
        f"Copy the repository again, whole; {_STAYS}",
    ),
    (
        exceptions.DownloadError,
        "cannot be fetched",
        f"Check watchlist.source and the network; {_STAYS}",
    ),
    (
        exceptions.RepositoryError,
        "holds metadata that cannot be used",
        f"Copy the repository again, whole, or publish again; {_STAYS}",
    ),
)


class Offer:
    """What the repository offers at one time.

    Args:
        updater: refreshed.
        fetcher: fetches targets.
        targets_url: where they are.
    """

    def __init__(self, updater: Updater, fetcher: FetcherInterface, targets_url: str) -> None:
        self._updater = updater
        self._fetcher = fetcher
        self._targets_url = targets_url

    def digest(self) -> str:
        """SHA-256 of the manifest, as signed."""
        return self._signed(MANIFEST_TARGET).hashes["sha256"]

    def manifest(self) -> Manifest:
        """The manifest.

        Raises:
            WatchlistError: it cannot be had as signed, or is not usable.
        """
        return read_manifest(self.target(MANIFEST_TARGET, MAX_MANIFEST_BYTES))

    def target(self, name: str, max_bytes: int) -> bytes:
        """Fetch a target and check it against what was signed.

        Raises:
            WatchlistError: there is none of this name, it is too large, or it is not as signed.
        """
        signed = self._signed(name)
        if signed.length > max_bytes:
            raise WatchlistError(
                f"{name} of the repository has {signed.length} bytes, more than {max_bytes}.",
                f"Raise watchlist.max_bytes, or publish fewer people; {_STAYS}",
            )
        folder, slash, last = name.rpartition("/")
        url = f"{self._targets_url}/{folder}{slash}{signed.hashes['sha256']}.{last}"
        with refusals(self._targets_url):
            data = self._fetcher.download_bytes(url, signed.length)
            signed.verify_length_and_hashes(data)
        return data

    def _signed(self, name: str) -> TargetFile:
        with refusals(self._targets_url):
            found = self._updater.get_targetinfo(name)
        if found is None or "sha256" not in found.hashes:
            raise WatchlistError(
                f"The repository at {self._targets_url} signs no {name}.",
                f"Publish again with `watchpost register publish`; {_STAYS}",
            )
        return found


class SignedRepository:
    """A repository, by its address.

    Args:
        url: without a slash at its end; see :func:`edge.watchlist.fetcher.repository_url`.
        root: the file of the root metadata that this box was given.
        folder: what is remembered of the repository between looks; made when needed.
        fetcher: fetches.
    """

    def __init__(self, url: str, root: Path, folder: Path, fetcher: FetcherInterface) -> None:
        self._url = url
        self._root = root
        self._folder = folder
        self._fetcher = fetcher

    def trust(self) -> str:
        """SHA-256 of the root that this box was given.

        Raises:
            WatchlistError: it cannot be read.
        """
        return trust_in(self._root)

    def look(self, now: datetime) -> Offer:
        """Ask what is offered now.

        Args:
            now: UTC time that can be believed; expiry is judged by it.

        Raises:
            WatchlistError: nothing acceptable is offered, or the folder cannot be written.
        """
        root = checked_root(self._root)
        with refusals(self._url):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            updater = _BoxUpdater(
                str(self._folder),
                f"{self._url}/metadata/",
                fetcher=self._fetcher,
                config=_BOUNDS,
                bootstrap=root,
            )
            updater.judge_by(now)
            updater.refresh()
        return Offer(updater, self._fetcher, f"{self._url}/targets")


class _BoxUpdater(Updater):
    """An Updater that judges expiry by the time it is given, and spares the box's card.

    python-tuf (7.0) offers no other way in than the names it keeps to itself: it takes
    datetime.now() when it is made, and then writes the root and its link again, each time and
    without a flush.
    """

    def judge_by(self, now: datetime) -> None:
        self._trusted_set.reference_time = now

    def _persist_file(self, filename: str, data: bytes) -> None:
        path = Path(filename)
        if not (path.is_file() and path.read_bytes() == data):
            write_atomically(path, data)

    def _update_root_symlink(self) -> None:
        link = Path(self._dir, "root.json")
        named = f"{self._trusted_set.root.version}.root.json"
        if not (link.is_symlink() and link.readlink().name == named):
            super()._update_root_symlink()


def checked_root(path: Path | None) -> bytes:
    """The root metadata that a box was given.

    Raises:
        WatchlistError: there is none, it cannot be read, or is something else.
    """
    data = read_root(path)
    try:
        is_root = isinstance(Metadata.from_bytes(data).signed, Root)
    except exceptions.RepositoryError:
        is_root = False
    if not is_root:
        raise WatchlistError(
            f"{path} is not the root of a register.",
            "Copy root.json from the register to this box, whole; the active list stays.",
        )
    return data


@contextmanager
def refusals(where: str) -> Iterator[None]:
    """Say python-tuf's errors in this project's words.

    Raises:
        WatchlistError: in their place.
    """
    try:
        yield
    except (exceptions.RepositoryError, exceptions.DownloadError) as error:
        what, remedy = next((w, r) for kind, w, r in _REMEDIES if isinstance(error, kind))
        raise WatchlistError(
            f"The watchlist repository {where} {what}: {_in_words(error)}.", remedy
        ) from error
    except OSError as error:
        raise WatchlistError(
            f"What is known of the repository cannot be written or read ({error.strerror}).",
            "Free some space or check the rights of box.state_dir; the active list stays.",
        ) from error


def _in_words(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
