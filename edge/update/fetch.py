"""A bundle from a file or an HTTPS address, as a file on this box.

In: a path, ``file://`` or ``https://``. Out: a path. Always: size, free space and time are bounded
before and while bytes arrive; HTTPS and nothing weaker, redirects included; a download that
failed leaves nothing behind. Who signed the bundle is RAUC's to check.
"""

from __future__ import annotations

import shutil
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from edge.errors import UpdateError
from edge.runtime.web import failure_in_words, web_opener

INCOMING = "incoming.raucb"
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a bundle may cost.

    Attributes:
        max_bytes: of a bundle.
        keep_free_bytes: of the folder's disk, for hits.
        within_s: longest time for a download.
        silent_s: longest wait for the next bytes.
    """

    max_bytes: int
    keep_free_bytes: int
    within_s: float = 3600.0
    silent_s: float = 30.0


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
    except (urllib.error.URLError, TimeoutError, HTTPException) as error:
        raise UpdateError(
            f"The bundle cannot be fetched from {urlsplit(address).hostname} "
            f"({failure_in_words(error)}).",
            "Check the address, the network and the server's certificate.",
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
    until_s = time.monotonic() + limits.within_s
    with web_opener().open(address, timeout=limits.silent_s) as answer:
        said = answer.headers.get("Content-Length", "")
        stated = int(said) if said.isdecimal() else 0
        _check_size(stated, limits)
        _check_room(path.parent, stated, limits)
        with path.open("wb") as file:
            for got in _chunks(answer, file):
                _check_size(got, limits)
                _check_room(path.parent, 0, limits)
                if time.monotonic() > until_s:
                    raise UpdateError(
                        f"The download took longer than {limits.within_s:.0f} s.",
                        "Try again when the network is faster, or use a stick.",
                    )
                meanwhile(f"{got // _CHUNK_BYTES} MiB fetched")
    if said.isdecimal() and path.stat().st_size != stated:
        raise UpdateError("The download ended before its end.", "Try again.")


def _chunks(answer: IO[bytes], file: IO[bytes]) -> Iterator[int]:
    got = 0
    while chunk := answer.read(_CHUNK_BYTES):
        file.write(chunk)
        got += len(chunk)
        yield got


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
