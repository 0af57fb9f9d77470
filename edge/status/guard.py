"""Stands before the whole web application: which requests come in, which headers go out.

In: any HTTP request. Out: the application's answer with the security headers, or a refusal
with problem and remedy. Always: only GET and HEAD pass; the Host header names this box, so
that a foreign site cannot read the page by pointing its own name here (DNS rebinding); every
answer, errors too, carries the headers. TLS and sign-in are left to others.
"""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_METHODS = ("GET", "HEAD")
_ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, never bound here


class Guard:
    """Wraps an application.

    Args:
        app: the application.
        host: the address the page is bound to. Bound to every address, the page may be
            asked for by any numeric address and by the box's own names.
        names: names the box has in its network.
    """

    def __init__(self, app: ASGIApp, host: str, names: tuple[str, ...] = ()) -> None:
        self._app = app
        self._any_address = host in _ANY_ADDRESS
        own = {"localhost", "127.0.0.1", "::1", host.lower()}
        self._hosts = own | ({name.lower() for name in names} if self._any_address else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or hand it to the application."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _with_headers(send, scope["path"]))

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        if not self._knows(host_of(Headers(scope=scope).get("host", ""))):
            return _refuse(
                421,
                "This name does not belong to this box.",
                "Use its address, or set status.host to that name.",
            )
        if scope["method"] not in _METHODS:
            refusal = _refuse(405, "This page can only be read.", "Use GET or HEAD.")
            refusal.headers["allow"] = ", ".join(_METHODS)
            return refusal
        return None

    def _knows(self, host: str) -> bool:
        return host in self._hosts or (self._any_address and _is_numeric(host))


def host_of(header: str) -> str:
    """The host in a Host header, without port and brackets, in lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            caching = "no-cache" if path.startswith("/static/") else "no-store"
            headers.setdefault("cache-control", caching)
        await send(message)

    return sending


def _refuse(status: int, problem: str, remedy: str) -> JSONResponse:
    return JSONResponse({"problem": problem, "remedy": remedy}, status_code=status)
