"""Sends preview pictures to one browser as they come.

In: a window to the recogniser. Out: an endless body of messages, each the length of a JSON
text (4 bytes, big-endian), the text, the length of a JPEG picture, the picture; a length of 0
means that there is no picture now. Always: at most ``MAX_VIEWERS`` look at once, whichever
cameras they look through; a stream ends
after ``MAX_STREAM_S``, when its reader signs out or stops reading; a reader that is slow gets
fewer pictures, never older ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from edge.status.aiming import describe
from edge.status.preview import PreviewPicture, PreviewWindow

MAX_VIEWERS = 64
MAX_STREAM_S = 15 * 60.0
TICK_S = 0.1
BEAT_S = 1.0
SEND_TIMEOUT_S = 10.0


class Viewers:
    """Counts the browsers that look, over all cameras."""

    def __init__(self) -> None:
        self.count = 0


class Pictures:
    """Packs each picture of a camera once, however many look.

    Args:
        window: where pictures come from.
    """

    def __init__(self, window: PreviewWindow) -> None:
        self._window = window
        self._packed: tuple[PreviewPicture | None, bytes] = (None, pack({}, b""))

    def newest(self) -> bytes:
        """The newest message; the same object until there is another.

        Raises:
            ConfigError: the recogniser cannot be asked for pictures.
        """
        found = self._window.look()
        if found is not self._packed[0]:
            said = describe(found.facts) if found else {}
            self._packed = (found, pack(said, found.jpeg if found else b""))
        return self._packed[1]


class PictureStream(Response):
    """One browser's stream.

    Args:
        pictures: where they come from.
        viewers: counts this one too.
        may_look: whether the reader is still signed in.
    """

    media_type = "application/octet-stream"

    def __init__(self, pictures: Pictures, viewers: Viewers, may_look: Callable[[], bool]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._pictures = pictures
        self._viewers = viewers
        self._may_look = may_look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the reader goes."""
        if self._viewers.count >= MAX_VIEWERS:
            await _busy()(scope, receive, send)
            return
        self._viewers.count += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await self._stream(receive, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return  # The reader stopped reading; the server drops the connection.
        finally:
            self._viewers.count -= 1

    async def _stream(self, receive: Receive, send: Send) -> None:
        now_s = asyncio.get_running_loop().time
        end_s, next_beat_s, last = now_s() + MAX_STREAM_S, 0.0, b""
        gone = asyncio.ensure_future(_gone(receive))
        try:
            while now_s() < end_s and not gone.done():
                message = self._pictures.newest()  # a few system calls on a tmpfs
                if message is not last or now_s() >= next_beat_s:
                    if not self._may_look():
                        return
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await send(_part(message))
                    last, next_beat_s = message, now_s() + BEAT_S
                await asyncio.wait({gone}, timeout=TICK_S)
        finally:
            gone.cancel()


def pack(said: dict[str, Any], jpeg: bytes) -> bytes:
    """One message."""
    text = json.dumps(said, separators=(",", ":")).encode()
    return b"".join((len(text).to_bytes(4, "big"), text, len(jpeg).to_bytes(4, "big"), jpeg))


def _part(body: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _busy() -> JSONResponse:
    return JSONResponse(
        {
            "problem": f"{MAX_VIEWERS} people look through this box's cameras already.",
            "remedy": "Close the page in other windows and try again.",
        },
        status_code=503,
        headers={"retry-after": "10"},
    )
