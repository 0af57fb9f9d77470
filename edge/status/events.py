"""Sends the live part of a page to browsers as it changes (Server-Sent Events).

In: what a request may watch. Out: one ``page`` event when it differs from the last one sent, and
at least every ``BEAT_S`` so that a browser notices a dead box; ``signed-out`` when the reader may
no longer see it. Always: a tick renders a part once, however many watch it, and each reader
costs little more than the bytes it is sent; at most ``MAX_STREAMS`` are open, the next is told so
and may poll instead; a stream ends after ``MAX_STREAM_S``, when its reader stops reading, and at
once when the page closes.
Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

MAX_STREAMS = 64
MAX_STREAM_S = 15 * 60.0
TICK_S = 0.5
BEAT_S = 5.0
SEND_TIMEOUT_S = 10.0

_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
_RETRY = b"retry: 2000\n\n"
_SIGNED_OUT = b"event: signed-out\ndata:\n\n"


class Watched(Protocol):
    """The live part that one reader watches."""

    @property
    def key(self) -> Hashable:
        """The same for all whose part is the same."""
        ...

    def is_allowed(self) -> bool:
        """Whether the reader may still see it; quick."""
        ...

    def render(self) -> str:
        """The part's HTML; called in a worker thread."""
        ...


Watch = Callable[[Request], Watched]


@dataclass(frozen=True, slots=True)
class _Rendering:
    """An event as it is sent, or on its way to be, and since when."""

    began_s: float
    event: asyncio.Task[bytes]


class EventStream:
    """The ASGI endpoint of the live events.

    Args:
        watch: gives the live part of a request.
        max_streams: how many may be open at once.
    """

    def __init__(self, watch: Watch, *, max_streams: int = MAX_STREAMS) -> None:
        self._watch = watch
        self._max_streams = max_streams
        self._open = 0
        self._closing = threading.Event()
        self._renderings: dict[Hashable, _Rendering] = {}

    @property
    def open_streams(self) -> int:
        """How many are open now."""
        return self._open

    def close(self) -> None:
        """End all streams within ``TICK_S``; callable from any thread."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one browser, for as long as it stays.

        Raises:
            HTTPException: there is no such part, or it is not for this reader.
        """
        if self._open >= self._max_streams:
            await _busy(self._max_streams)(scope, receive, send)
            return
        self._open += 1
        try:
            live = await asyncio.to_thread(self._watch, Request(scope))
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            if scope["method"] != "HEAD":
                await self._stream(live, receive, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return  # The reader stopped reading; the server drops the connection.
        finally:
            self._open -= 1

    async def _stream(self, live: Watched, receive: Receive, send: Send) -> None:
        now_s = asyncio.get_running_loop().time
        end_s, next_beat_s, last = now_s() + MAX_STREAM_S, 0.0, b""
        await _send(send, _RETRY)
        while now_s() < end_s and not self._closing.is_set():
            if not live.is_allowed():
                await _send(send, _SIGNED_OUT)
                return
            event = await self._event(live)
            if event != last or now_s() >= next_beat_s:
                await _send(send, event)
                last, next_beat_s = event, now_s() + BEAT_S
            if await _gone(receive):
                return

    async def _event(self, live: Watched) -> bytes:
        """The event of now, rendered once for all who want it within a tick."""
        now_s = asyncio.get_running_loop().time()
        known = self._renderings.get(live.key)
        if known is None or now_s - known.began_s >= TICK_S / 2:
            task = asyncio.create_task(asyncio.to_thread(lambda: _event(live.render())))
            known = self._renderings[live.key] = _Rendering(now_s, task)
        # One reader who goes away must not take the others' event along.
        return await asyncio.shield(known.event)


def _event(page: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in page.splitlines())
    return f"event: page\n{lines}\n".encode()


async def _send(send: Send, body: bytes) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> bool:
    """Wait one tick, or less when the browser goes away."""
    try:
        async with asyncio.timeout(TICK_S):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _busy(limit: int) -> JSONResponse:
    return JSONResponse(
        {
            "problem": f"All {limit} live connections to this page are in use.",
            "remedy": "Close the page in other windows; this one asks every two seconds instead.",
        },
        status_code=503,
        headers={"retry-after": "10"},
    )
