"""Size and completeness of pictures, without decoding them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edge.capture.picture_header import picture_size

KINDS: dict[str, dict[str, Any]] = {
    "jpeg": {"format": "JPEG"},
    "progressive": {"format": "JPEG", "progressive": True},
    "exif": {"format": "JPEG", "exif": b"Exif\x00\x00" + b"\xff\xd9" * 9},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP"},
    "lossless webp": {"format": "WEBP", "lossless": True},
    "webp with exif": {"format": "WEBP", "exif": b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"},
}


def picture(kind: str, size: tuple[int, int] = (123, 45)) -> bytes:
    memory = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(memory, **KINDS[kind])
    return memory.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_read_from_the_header(kind: str) -> None:
    assert picture_size(picture(kind)) == (123, 45)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.95])
def test_a_picture_that_was_cut_off_is_told(kind: str, kept: float) -> None:
    data = picture(kind)
    with pytest.raises(ValueError, match=r"cut off|no JPEG"):
        picture_size(data[: int(len(data) * kept)])


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(50), b"II*\x00" + bytes(50)])
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no JPEG, PNG or WebP"):
        picture_size(data)


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\x00\x00\x00WEBP"]),
    st.binary(max_size=200),
)
def test_any_bytes_give_a_size_or_a_value_error(start: bytes, rest: bytes) -> None:
    try:
        width, height = picture_size(start + rest)
    except ValueError:
        return
    assert min(width, height) >= 0
