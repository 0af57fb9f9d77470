"""Fetches the files of a repository: HTTP, HTTPS, or a folder; python-tuf's fetcher port.

In: an address and a bound. Out: bytes in memory; nothing is written to a disk. Always: never
more than the bound, never longer than the time-outs; only the scheme of the address is spoken
and a redirect cannot leave it; every failure is a ``DownloadError``. The bytes are not trusted
here: ``repository.py`` has them verified.
"""

from __future__ import annotations

import http.client
import io
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient import FetcherInterface

from edge.runtime.web import failure_in_words, web_opener

CHUNK_BYTES = 256 * 1024
WAIT_S = 15.0
WHOLE_S = 600.0


class BoundedFetcher(FetcherInterface):
    """Fetches within bounds of time; the bound on size comes with each call.

    Args:
        wait_s: the longest silence of a server.
        whole_s: the longest time for one file.
        monotonic_s: a steady clock.
    """

    def __init__(
        self,
        *,
        wait_s: float = WAIT_S,
        whole_s: float = WHOLE_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wait_s = wait_s
        self._whole_s = whole_s
        self._monotonic_s = monotonic_s
        self._opener = web_opener()

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[Any]]:
        """See :class:`tuf.ngclient.FetcherInterface`; in memory, where templates belong.

        Raises:
            DownloadError: it cannot be fetched, or is too large.
        """
        data = bytearray()
        for chunk in self.fetch(url):
            data += chunk
            if len(data) > max_length:
                raise DownloadLengthMismatchError(f"{url} has more than {max_length} bytes")
        yield io.BytesIO(data)

    def _fetch(self, url: str) -> Iterator[bytes]:
        return self._file(url) if urlsplit(url).scheme == "file" else self._answer(url)

    def _file(self, url: str) -> Iterator[bytes]:
        path = Path(unquote(urlsplit(url).path))
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except FileNotFoundError as error:
            raise DownloadHTTPError(
                f"there is no file {path}", http.HTTPStatus.NOT_FOUND
            ) from error
        except OSError as error:
            raise DownloadError(f"{path} cannot be read ({error.strerror})") from error

    def _answer(self, url: str) -> Iterator[bytes]:
        until_s = self._monotonic_s() + self._whole_s
        try:
            # Only http and https come here, and the opener speaks nothing else.
            with self._opener.open(url, timeout=self._wait_s) as answer:
                yield from self._body(url, answer, until_s)
        except urllib.error.HTTPError as error:
            with error:
                said = f"the server answered {error.code} for {url}"
                raise DownloadHTTPError(said, error.code) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DownloadError(f"{url}: {failure_in_words(error)}") from error

    def _body(self, url: str, answer: http.client.HTTPResponse, until_s: float) -> Iterator[bytes]:
        # read1 returns what has come, so a server that drips is caught by the whole time.
        while chunk := answer.read1(CHUNK_BYTES):
            yield chunk
            if self._monotonic_s() > until_s:
                raise DownloadError(f"{url} took longer than {self._whole_s:g} s")
        if answer.length:
            raise DownloadError(f"{url} ended {answer.length} bytes too early")
