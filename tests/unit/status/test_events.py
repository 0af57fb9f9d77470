"""Readers of a live part share one rendering, and each is told when it may no longer see it."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from starlette.types import Message, Scope

from edge.status.events import TICK_S, EventStream, Watched
from edge.status.snapshot import REUSE_S


class Part:
    """A live part that counts how often it is rendered."""

    def __init__(self) -> None:
        self.renderings = 0
        self.allowed = True
        self.text = "<p>one</p>"

    @property
    def key(self) -> Hashable:
        return "part"

    def is_allowed(self) -> bool:
        return self.allowed

    def render(self) -> str:
        self.renderings += 1
        return self.text


class Reader:
    """One browser; goes away once it has what it waits for."""

    def __init__(self, until: bytes) -> None:
        self.status = 0
        self.body = b""
        self._until = until
        self._seen = asyncio.Event()

    async def receive(self) -> Message:
        await self._seen.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")
        if self._until in self.body:
            self._seen.set()


def scope() -> Scope:
    return {"type": "http", "method": "GET", "path": "/events/part", "headers": []}


def stream_of(part: Part, **bounds: int) -> EventStream:
    def watch(_: object) -> Watched:
        return part

    return EventStream(watch, **bounds)


def test_readers_who_come_together_share_one_rendering() -> None:
    async def run() -> tuple[list[Reader], int]:
        part, readers = Part(), [Reader(b"data: <p>one</p>") for _ in range(20)]
        stream = stream_of(part)
        await asyncio.gather(*(stream(scope(), one.receive, one.send) for one in readers))
        return readers, part.renderings

    readers, renderings = asyncio.run(run())
    assert all(one.body.count(b"event: page") == 1 for one in readers)
    assert renderings < len(readers)


def test_a_change_is_sent_and_what_is_the_same_is_not_sent_again() -> None:
    async def run() -> Reader:
        part, reader = Part(), Reader(b"two")

        async def change() -> None:
            while part.renderings < 3:
                await asyncio.sleep(0.05)
            part.text = "<p>two</p>"

        stream = stream_of(part)
        await asyncio.gather(stream(scope(), reader.receive, reader.send), change())
        return reader

    reader = asyncio.run(run())
    assert reader.body.count(b"data: <p>one</p>") == 1
    assert reader.body.count(b"data: <p>two</p>") == 1


def test_a_reader_whose_session_ended_is_told_and_sent_nothing_more() -> None:
    async def run() -> Reader:
        part, reader = Part(), Reader(b"signed-out")
        part.allowed = False
        await stream_of(part)(scope(), reader.receive, reader.send)
        return reader

    reader = asyncio.run(run())
    assert b"event: signed-out" in reader.body
    assert b"<p>one</p>" not in reader.body


def test_one_reader_too_many_is_told_to_ask_instead() -> None:
    async def run() -> tuple[Reader, int]:
        part, late = Part(), Reader(b"live connections")
        stream = stream_of(part, max_streams=1)
        first = Reader(b"never")
        task = asyncio.create_task(stream(scope(), first.receive, first.send))
        while stream.open_streams == 0:
            await asyncio.sleep(0.01)
        await stream(scope(), late.receive, late.send)
        stream.close()
        await task
        return late, stream.open_streams

    late, left = asyncio.run(run())
    assert late.status == 503
    assert left == 0


def test_a_change_reaches_every_reader_within_two_seconds_by_its_waits() -> None:
    """Once round: the snapshot's age, the shared rendering's, and the reader's own tick."""
    assert REUSE_S + TICK_S / 2 + TICK_S < 2
