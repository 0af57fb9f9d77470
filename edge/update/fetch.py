"""A bundle from a file or an HTTPS address, as a file on this box.

In: a path, ``file://`` or ``https://``. Out: a path. Always: size, free space and time are bounded
before and while bytes arrive; HTTPS and nothing weaker, redirects included; a download that
failed leaves nothing behind. Who signed the bundle is RAUC's to check.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from edge.errors import UpdateError
from edge.runtime.web import DownloadFailed, Patience, chunks_of, web_opener

INCOMING = "incoming.raucb"
PATIENCE = Patience(wait_s=30.0, whole_s=3600.0)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a bundle may cost.

    Attributes:
        max_bytes: of a bundle.
        keep_free_bytes: of the folder's disk, for hits.
        patience: with the server.
    """

    max_bytes: int
    keep_free_bytes: int
    patience: Patience = PATIENCE


@contextmanager
def bundle_file(
    source: str, folder: Path, limits: Limits, meanwhile: Callable[[str], None]
) -> Iterator[Path]:
    """The bundle as a file; one that was fetched is removed afterwards.

    Args:
        source: a path, ``file://`` or ``https://``.
        folder: for what is fetched; made when absent.
        limits: see there.
        meanwhile: called with how far it is, after each chunk.

    Raises:
        UpdateError: it is not there, too large, or cannot be fetched or written.
    """
    if "://" not in source or source.startswith("file://"):
        yield _local(
            Path(unquote(urlsplit(source).path)) if "://" in source else Path(source), limits
        )
        return
    if not source.startswith("https://"):
        raise UpdateError(
            f"Bundles are not fetched over {source.partition('://')[0]}.",
            "Give an https:// address or a file.",
        )
    path = folder / INCOMING
    try:
        _fetch(source, path, limits, meanwhile)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _fetch(address: str, path: Path, limits: Limits, meanwhile: Callable[[str], None]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _download(address, path, limits, meanwhile)
    except DownloadFailed as error:
        raise UpdateError(
            f"The bundle cannot be fetched from {urlsplit(address).hostname}: {error.why}.",
            "Check the address, the network and the server's certificate, or use a stick.",
        ) from error
    except OSError as error:
        raise UpdateError(
            f"The bundle cannot be written to {path.parent} ({error.strerror or error}).",
            "Free some space, or give the bundle as a file on a stick.",
        ) from error


def _local(path: Path, limits: Limits) -> Path:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UpdateError(
            f"The bundle {path} cannot be read ({error.strerror}).",
            "Check the path and its rights.",
        ) from error
    if not path.is_file():
        raise UpdateError(f"The bundle {path} is no file.", "Give the .raucb file itself.")
    _check_size(size, limits)
    return path.resolve()  # RAUC's service has a working folder of its own


def _download(address: str, path: Path, limits: Limits, meanwhile: Callable[[str], None]) -> None:
    def check(size: int, more: int) -> None:
        _check_size(size, limits)
        _check_room(path.parent, more, limits)

    got = 0
    with path.open("wb") as file:
        for chunk in chunks_of(
            address, web_opener(), limits.patience, lambda stated: check(stated, stated)
        ):
            file.write(chunk)
            got += len(chunk)
            check(got, 0)
            meanwhile(f"{got // _MIB} MiB fetched")


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise UpdateError(
            f"The bundle has {size} bytes or more; at most {limits.max_bytes} are allowed.",
            "Check that it is the right file, or raise update.max_bytes.",
        )


def _check_room(folder: Path, more: int, limits: Limits) -> None:
    free = shutil.disk_usage(folder).free
    if free - more < limits.keep_free_bytes:
        raise UpdateError(
            f"{folder} has {free} free bytes; {more} more would leave less than "
            f"{limits.keep_free_bytes} for hits.",
            "Free some space, or give the bundle as a file on a stick.",
        )
