"""Stands before the whole web application: which requests come in, which headers go out.

In: any HTTP request. Out: the application's answer with the security headers, or a refusal
with problem and remedy. Always: GET and HEAD pass, and POST to a known form from a page of
this box (Origin) within the form's bound on size and time; the Host header names this box, so
that a foreign site cannot read the page by pointing its own name here (DNS rebinding); every
answer, errors too, carries the headers. Sign-in is left to others.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
BODY_TIMEOUT_S = 30.0
_READING = ("GET", "HEAD")
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, never bound here


class Guard:
    """Wraps an application.

    Args:
        app: the application.
        host: the address the page is bound to. Bound to every address, the page may be
            asked for by any numeric address and by the box's own names.
        names: names the box has in its network.
        forms: largest body of each form, by path.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        names: tuple[str, ...] = (),
        forms: Mapping[str, int] | None = None,
    ) -> None:
        self._app = app
        self._forms = forms or {}
        self._any_address = host in _ANY_ADDRESS
        own = {"localhost", "127.0.0.1", "::1", host.lower()}
        self._hosts = own | ({name.lower() for name in names} if self._any_address else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or hand it to the application."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        bounded = _bounded(receive, self._forms.get(scope["path"], 0))
        await (refusal or self._app)(scope, bounded, _with_headers(send, scope["path"]))

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if not self._knows(host_of(headers.get("host", ""))):
            return _refuse(
                421,
                "This name does not belong to this box.",
                "Use its address, or set status.host to that name.",
            )
        if scope["method"] in _READING:
            return None
        if scope["method"] != "POST" or scope["path"] not in self._forms:
            refusal = _refuse(405, "This can only be read.", "Use GET or HEAD.")
            refusal.headers["allow"] = ", ".join(_READING)
            return refusal
        return self._form_refusal(scope, headers)

    def _form_refusal(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        if headers.get("origin") != f"{scope['scheme']}://{headers['host']}":
            return _refuse(
                403,
                "This form was not sent by a page of this box.",
                "Open the page at the box's own address and send it there.",
            )
        if headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORM_TYPES:
            return _refuse(415, "This is not a form.", "Send it as a form of the page does.")
        limit, length = self._forms[scope["path"]], headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > limit:
            return _refuse(413, _too_large(limit), "Send less, or check that it is the right file.")
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


def _bounded(receive: Receive, limit: int) -> Receive:
    """Hand on at most ``limit`` bytes of a body, for at most ``BODY_TIMEOUT_S``.

    The time runs only while a body is still to come; a stream waits for its reader without end.
    """
    received, complete, began_s = 0, limit == 0, asyncio.get_running_loop().time()

    async def receiving() -> Message:
        nonlocal received, complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(began_s + BODY_TIMEOUT_S):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, "The form came too slowly") from error
        received += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if received > limit:
            raise HTTPException(413, _too_large(limit).rstrip("."))
        return message

    return receiving


def _too_large(limit: int) -> str:
    return f"This form is larger than {limit:,} bytes."


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
