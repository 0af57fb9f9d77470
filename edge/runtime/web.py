"""An opener for HTTP and HTTPS that speaks nothing else.

In: nothing. Out: ``urllib``'s opener with bounded redirects that stay within their scheme,
whether a host is this machine, and the reason of a failure in a few words. Bounds on size and
time are the caller's.
"""

from __future__ import annotations

import ipaddress
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

MAX_REDIRECTS = 3


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
