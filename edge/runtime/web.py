"""HTTP and HTTPS, and nothing else: an opener, and the one reader of downloads.

In: an address. Out: ``urllib``'s opener with bounded redirects that stay within their scheme; the
bytes of an answer; whether a host is this machine; the reason of a failure in a few words. Always:
a server that is silent, drips or ends early is given up. Bounds on size are the caller's, who
counts the bytes and says what is to be done.
"""

from __future__ import annotations

import http.client
import ipaddress
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

MAX_REDIRECTS = 3
CHUNK_BYTES = 256 * 1024


class DownloadFailed(Exception):  # noqa: N818 - a signal to the caller, not an error of its own
    """An answer did not come, or not whole; the caller translates it into its own error.

    Args:
        why: a few words without an address.
        status: the HTTP status, when that is the reason.
    """

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


@dataclass(frozen=True, slots=True)
class Patience:
    """When a server is given up.

    Attributes:
        wait_s: its longest silence.
        whole_s: the longest time for a whole file.
        monotonic_s: a steady clock.
    """

    wait_s: float
    whole_s: float
    monotonic_s: Callable[[], float] = time.monotonic


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MAX_REDIRECTS

    def __init__(self, fault: Callable[[str], str]) -> None:
        self._fault = fault

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != urlsplit(req.full_url).scheme:
            raise urllib.error.URLError("the server redirects to another scheme")
        if problem := self._fault(newurl):
            raise urllib.error.URLError(f"the server redirects to an address that {problem}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def web_opener(fault: Callable[[str], str] = lambda address: "") -> urllib.request.OpenerDirector:
    """Make an opener.

    Args:
        fault: says what is wrong with an address that a server redirects to, or "".
    """
    # Built by hand: the usual opener would also read files and speak FTP.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _CheckedRedirects(fault),
    ):
        opener.add_handler(handler)
    return opener


def chunks_of(
    address: str,
    opener: urllib.request.OpenerDirector,
    patience: Patience,
    announced: Callable[[int], object] = lambda size_bytes: None,
) -> Iterator[bytes]:
    """Read an answer piece by piece.

    Args:
        address: ``http`` or ``https``.
        opener: from :func:`web_opener`.
        patience: see there.
        announced: called once with the size that the server says, if it says one.

    Raises:
        DownloadFailed: it cannot be had whole and in time.
    """
    until_s = patience.monotonic_s() + patience.whole_s
    try:
        with opener.open(address, timeout=patience.wait_s) as answer:
            if answer.length is not None:
                announced(answer.length)
            # read1 returns what has come, so a server that drips is caught by the whole time.
            while chunk := answer.read1(CHUNK_BYTES):
                yield chunk
                if patience.monotonic_s() > until_s:
                    raise DownloadFailed(f"it took longer than {patience.whole_s:g} s")
            if answer.length:
                raise DownloadFailed(f"it ended {answer.length} bytes too early")
    except urllib.error.HTTPError as error:
        with error:
            raise DownloadFailed(f"the server answered {error.code}", error.code) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadFailed(failure_in_words(error)) from error


def is_this_machine(host: str) -> bool:
    """Whether a host is this very machine, by its name or a loopback address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def failure_in_words(error: BaseException) -> str:
    """Why a request failed, a few words without an address."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(inner, TimeoutError):
        return "the server is silent"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return str(inner) or type(inner).__name__
