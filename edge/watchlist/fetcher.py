"""Fetches the files of a repository: HTTP, HTTPS, or a folder; python-tuf's fetcher port.

In: an address and a bound. Out: bytes in memory; nothing is written to a disk. Always: never
more than the bound, never longer than the time-outs; only the scheme of the address is spoken
and a redirect cannot leave it; every failure is a ``DownloadError``. The bytes are not trusted
here: ``repository.py`` has them verified.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient import FetcherInterface

from edge.runtime.web import CHUNK_BYTES, DownloadFailed, Patience, chunks_of, web_opener

PATIENCE = Patience(wait_s=15.0, whole_s=600.0)


class BoundedFetcher(FetcherInterface):
    """Fetches within bounds of time; the bound on size comes with each call.

    Args:
        patience: when a server is given up.
    """

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self._patience = patience
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
            raise DownloadHTTPError(f"there is no file {path}", HTTPStatus.NOT_FOUND) from error
        except OSError as error:
            raise DownloadError(f"{path} cannot be read ({error.strerror})") from error

    def _answer(self, url: str) -> Iterator[bytes]:
        try:
            yield from chunks_of(url, self._opener, self._patience)
        except DownloadFailed as error:
            said = f"{url}: {error.why}"
            if error.status:
                raise DownloadHTTPError(said, error.status) from error
            raise DownloadError(said) from error
