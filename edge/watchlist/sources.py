"""Where watchlist files come from: a path or a static web server.

In: an address. Out: bytes, or None while the file is the one fetched last. Always: never more
than ``max_bytes`` and never longer than the time-outs; only ``http`` and ``https`` are spoken
and a redirect cannot change between them or leave them. The bytes are not trusted here:
``store.py`` verifies them.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from edge.errors import ConfigError, WatchlistError
from edge.runtime.web import failure_in_words, web_opener

CHUNK_BYTES = 256 * 1024
WAIT_S = 15.0
WHOLE_S = 600.0
MAX_ETAG = 256


class ListSource(Protocol):
    """Offers the newest watchlist file."""

    def fetch(self) -> bytes | None:
        """The file, or None when it is the one fetched last.

        Raises:
            WatchlistError: it cannot be had, or is too large.
        """
        ...

    def forget(self) -> None:
        """Fetch the file next time even if it has not changed: it could not be applied."""
        ...


class FileSource:
    """A file, such as one on a stick or a mounted folder.

    Args:
        path: the file.
        max_bytes: the largest file to take.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._seen: tuple[int, int, int] | None = None

    def fetch(self) -> bytes | None:
        """See :class:`ListSource`."""
        try:
            found = self._path.stat()
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            if stamp == self._seen:
                return None
            with self._path.open("rb") as file:
                data = file.read(self._max_bytes + 1)
        except OSError as error:
            raise WatchlistError(
                f"The watchlist {self._path} cannot be read ({error.strerror}).",
                "Check watchlist.source, and that the file is there and readable.",
            ) from error
        if len(data) > self._max_bytes:
            raise _too_large(str(self._path), self._max_bytes)
        self._seen = stamp
        return data

    def forget(self) -> None:
        """See :class:`ListSource`."""
        self._seen = None


class HttpSource:
    """A file on a web server, fetched again only when its ETag changed.

    Args:
        url: ``http://`` or ``https://`` address.
        max_bytes: the largest file to take.
        wait_s: the longest silence of the server.
        whole_s: the longest time for the whole file.
        monotonic_s: a steady clock.
    """

    def __init__(
        self,
        url: str,
        max_bytes: int,
        *,
        wait_s: float = WAIT_S,
        whole_s: float = WHOLE_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._max_bytes = max_bytes
        self._wait_s = wait_s
        self._whole_s = whole_s
        self._monotonic_s = monotonic_s
        self._etag: str | None = None
        self._opener = web_opener()

    def fetch(self) -> bytes | None:
        """See :class:`ListSource`."""
        asking = {"If-None-Match": self._etag} if self._etag else {}
        request = urllib.request.Request(self._url, headers=asking)  # noqa: S310 - scheme checked
        until_s = self._monotonic_s() + self._whole_s
        try:
            with self._opener.open(request, timeout=self._wait_s) as answer:
                data = self._body(answer, until_s)
                etag = answer.headers.get("ETag", "")
        except urllib.error.HTTPError as error:
            with error:
                if error.code == http.client.NOT_MODIFIED:
                    return None
            raise self._failed(f"the server answered {error.code}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failed(failure_in_words(error)) from error
        self._etag = etag if 0 < len(etag) <= MAX_ETAG else None
        return data

    def forget(self) -> None:
        """See :class:`ListSource`."""
        self._etag = None

    def _body(self, answer: http.client.HTTPResponse, until_s: float) -> bytes:
        if answer.length is not None and answer.length > self._max_bytes:
            raise _too_large(self._url, self._max_bytes)
        data = bytearray()
        # read1 returns what has come, so a server that drips is caught by the whole time.
        while chunk := answer.read1(CHUNK_BYTES):
            data += chunk
            if len(data) > self._max_bytes:
                raise _too_large(self._url, self._max_bytes)
            if self._monotonic_s() > until_s:
                raise self._failed(f"it took longer than {self._whole_s:g} s")
        if answer.length:
            raise self._failed(f"the connection ended {answer.length} bytes too early")
        return bytes(data)

    def _failed(self, why: str) -> WatchlistError:
        return WatchlistError(
            f"The watchlist {self._url} cannot be fetched: {why}.",
            "Check watchlist.source and the network; the active list stays.",
        )


def make_list_source(address: str, max_bytes: int) -> ListSource:
    """Choose the source for ``watchlist.source``.

    Args:
        address: a path, or a ``file:``, ``http:`` or ``https:`` address.
        max_bytes: the largest file to take.

    Raises:
        ConfigError: the address is empty, of another kind, or holds a password.
    """
    parts = _split(address)
    if parts.scheme in ("http", "https") and parts.hostname:
        if parts.username or parts.password:
            raise ConfigError(
                "watchlist.source holds a user name or password, which would reach the log.",
                "Serve the list without a password: it is signed, and its templates are not names.",
            )
        return HttpSource(address, max_bytes)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
        return FileSource(Path(unquote(parts.path)), max_bytes)
    if address and "://" not in address:
        return FileSource(Path(address), max_bytes)
    raise ConfigError(
        f"watchlist.source is {address!r}, which is no path and no http, https or file address."
        if address
        else "watchlist.source is not set.",
        "Set it to the file that `watchpost register publish` wrote, or to its address.",
    )


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise ConfigError(
            f"watchlist.source is {address!r}, which is no address ({error}).", "Correct it."
        ) from error


def _too_large(where: str, limit: int) -> WatchlistError:
    return WatchlistError(
        f"The watchlist {where} has more than {limit} bytes.",
        "Raise watchlist.max_bytes, or publish it in parts, by site.",
    )
