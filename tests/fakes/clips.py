"""Small films and pictures made for tests, with known values in them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

Luma = Callable[[int, int, int], Any]


def plain(number: int, height: int, width: int) -> int:
    """Luma of picture ``number``: 20, 24, 28 ... 216 and round again."""
    return 20 + 4 * (number % 50)


def bars(number: int, height: int, width: int) -> Any:
    """Four columns of luma 16, 90, 165 and 235."""
    return np.repeat([16, 90, 165, 235], width // 4)[None, :]


def make_clip(
    place: Path | io.BytesIO,
    *,
    pictures: int = 10,
    size: tuple[int, int] = (64, 48),
    rate: int = 10,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    color_range: int = 0,
    colorspace: int = 2,
    gop: int = 10,
    luma: Luma = plain,
    container: str | None = None,
    options: dict[str, str] | None = None,
) -> None:
    """Encode a film whose chroma is neutral and whose luma a function gives."""
    fast = {"preset": "ultrafast", "crf": "1", "bf": "0", "g": str(gop)}
    with av.open(place, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, options=options or fast)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        stream.codec_context.color_range = color_range
        stream.codec_context.colorspace = colorspace
        for number in range(pictures):
            picture = filled(pixels, size, luma(number, size[1], size[0]))
            picture.pts = number
            picture.color_range = color_range
            out.mux(stream.encode(picture))
        out.mux(stream.encode())


def filled(pixels: str, size: tuple[int, int], luma: Any) -> av.VideoFrame:
    """A picture of neutral colour with that luma (a number or an array that broadcasts)."""
    picture = av.VideoFrame(*size, pixels)
    for plane in picture.planes:
        np.frombuffer(plane, np.uint8)[:] = 128
    first = picture.planes[0]
    step = 2 if pixels == "yuyv422" else 1
    rows = np.frombuffer(first, np.uint8)[: first.line_size * size[1]]
    rows.reshape(size[1], first.line_size)[:, : size[0] * step : step] = luma
    return picture


def film(pixels: str, codec: str, **more: Any) -> bytes:
    """A film in memory, as a camera sends it."""
    memory = io.BytesIO()
    make_clip(memory, codec=codec, pixels=pixels, container="nut", options={}, **more)
    return memory.getvalue()
