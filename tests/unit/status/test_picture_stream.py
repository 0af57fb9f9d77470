"""Pictures go out as they come, to those who are signed in, each packed once."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from starlette.types import Message, Scope

from edge.runtime.preview_file import facts_file, write_preview
from edge.status.picture_stream import MAX_VIEWERS, Pictures, PictureStream, Viewers, pack
from edge.status.preview import PreviewWindow
from tests.fakes.clock import FakeClock
from tests.fakes.previews import FACE, facts_of

JPEG = b"\xff\xd8 a picture"


class Reader:
    """One browser, which goes away after so many messages."""

    def __init__(self, wants: int) -> None:
        self.status, self.parts = 0, list[bytes]()
        self.headers: dict[bytes, bytes] = {}
        self._wants = wants
        self._seen = asyncio.Event()

    async def receive(self) -> Message:
        await self._seen.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        elif message["body"]:
            self.parts.append(message["body"])
            if len(self.parts) >= self._wants:
                self._seen.set()


def pictures_of(folder: Path, *, shown: bool = True) -> Pictures:
    (folder / "status").mkdir()
    clock = FakeClock()
    if shown:
        write_preview(folder, "door", JPEG, facts_of(FACE))
        at_s = clock.utc().timestamp()
        os.utime(facts_file(folder, "door"), (at_s, at_s))
    return Pictures(PreviewWindow("door", folder, folder / "status", clock))


def unpacked(message: bytes) -> tuple[dict[str, object], bytes]:
    length = int.from_bytes(message[:4], "big")
    picture = 8 + length
    assert int.from_bytes(message[4 + length : picture], "big") == len(message) - picture
    return json.loads(message[4 : 4 + length]), message[picture:]


def scope(method: str = "GET") -> Scope:
    return {"type": "http", "method": method, "path": "/camera/stream", "headers": []}


def look(
    pictures: Pictures,
    reader: Reader,
    *,
    may: bool = True,
    method: str = "GET",
    viewers: Viewers | None = None,
) -> None:
    stream = PictureStream(pictures, viewers or Viewers(), lambda: may)
    asyncio.run(stream(scope(method), reader.receive, reader.send))


def test_a_message_is_text_and_picture_each_with_its_length() -> None:
    assert unpacked(pack({"number": 1}, JPEG)) == ({"number": 1}, JPEG)


def test_a_picture_is_packed_once_for_all(tmp_path: Path) -> None:
    pictures = pictures_of(tmp_path)
    assert pictures.newest() is pictures.newest()
    said, picture = unpacked(pictures.newest())
    assert (said["number"], picture) == (3, JPEG)


def test_a_reader_gets_what_there_is_and_is_let_go(tmp_path: Path) -> None:
    pictures, reader, viewers = pictures_of(tmp_path), Reader(1), Viewers()
    look(pictures, reader, viewers=viewers)
    assert unpacked(reader.parts[0])[1] == JPEG
    assert b"content-length" not in reader.headers
    assert viewers.count == 0


def test_without_a_picture_the_reader_is_told_so(tmp_path: Path) -> None:
    reader = Reader(1)
    look(pictures_of(tmp_path, shown=False), reader)
    assert unpacked(reader.parts[0]) == ({}, b"")


def test_who_is_signed_out_gets_nothing(tmp_path: Path) -> None:
    pictures, reader, viewers = pictures_of(tmp_path), Reader(1), Viewers()
    look(pictures, reader, may=False, viewers=viewers)
    assert reader.parts == []
    assert viewers.count == 0


def test_one_looker_too_many_is_told_to_come_again(tmp_path: Path) -> None:
    pictures, reader, viewers = pictures_of(tmp_path), Reader(1), Viewers()
    viewers.count = MAX_VIEWERS
    look(pictures, reader, viewers=viewers)
    assert reader.status == 503
    assert viewers.count == MAX_VIEWERS


def test_asking_for_the_head_sends_no_picture(tmp_path: Path) -> None:
    reader = Reader(1)
    look(pictures_of(tmp_path), reader, method="HEAD")
    assert (reader.status, reader.parts) == (200, [])
