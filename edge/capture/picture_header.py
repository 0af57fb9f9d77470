"""Size and completeness of a JPEG, PNG or WebP picture, read from its bytes before decoding.

In: the whole file as bytes. Out: width and height in pixels. Always: nothing is decoded, so a
small file that would unpack to gigabytes is refused for the price of a few bytes, and a file
that was cut off is told from a whole one (some decoders fill the rest with grey).

Formats: JPEG, ITU-T T.81 annex B; PNG, W3C PNG 11.2.2; WebP, RFC 9649.
"""

from __future__ import annotations

import struct

_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_END_OF_IMAGE = b"\xff\xd9"
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels as stored, before any turning that EXIF asks for.

    Raises:
        ValueError: it is none of the three formats, damaged or cut off; the text says which.
    """
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError) as error:
        raise ValueError("it is cut off") from error
    raise ValueError("it is no JPEG, PNG or WebP picture")


def _jpeg(data: bytes) -> tuple[int, int]:
    at, size = 2, None
    while size is None or data[at + 1] != 0xDA:
        if data[at] != 0xFF:
            raise ValueError("its JPEG header is damaged")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        if marker in (0xD9, 0xDA):
            raise ValueError("its JPEG header gives no size")
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    # Coded data cannot hold this marker: T.81 stuffs a zero after every 0xFF byte.
    if data.find(_END_OF_IMAGE, at) < 0:
        raise ValueError("it is cut off")
    return size


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise ValueError("its PNG header is damaged")
    width, height = struct.unpack_from(">II", data, 16)
    if data.rfind(b"IEND") < 0:
        raise ValueError("it is cut off")
    return int(width), int(height)


def _webp(data: bytes) -> tuple[int, int]:
    if len(data) < 8 + int(struct.unpack_from("<I", data, 4)[0]):
        raise ValueError("it is cut off")
    kind = data[12:16]
    if kind == b"VP8X":
        return _three_bytes(data, 24) + 1, _three_bytes(data, 27) + 1
    if kind == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("its WebP header is damaged")


def _three_bytes(data: bytes, at: int) -> int:
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16
