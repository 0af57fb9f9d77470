"""A photo becomes a full-range frame."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from edge.capture import images
from edge.capture.images import decode_picture, full_range_planes, read_picture
from edge.errors import CaptureError, FrameFormatError, SourceMissing

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def decoded(data: bytes) -> Any:
    return decode_picture(data, shown="photo.jpg", camera="photo", taken_at=NOW)


def saved(picture: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    memory = io.BytesIO()
    picture.save(memory, kind, **more)
    return memory.getvalue()


def test_black_and_white_become_0_and_255() -> None:
    picture = Image.new("RGB", (64, 48))
    picture.paste((255, 255, 255), (32, 0, 64, 48))
    frame = decoded(saved(picture))
    assert (frame.full_range, frame.matrix) == (True, "bt601")
    assert (frame.y[5, 5], frame.y[5, 60]) == (0, 255)
    assert (np.unique(frame.u), np.unique(frame.v)) == (128, 128)


def test_the_planes_of_a_jpeg_are_those_that_are_stored_in_it() -> None:
    colours = np.random.default_rng(1).integers(0, 255, (3, 4, 3), np.uint8)
    picture = Image.fromarray(colours).resize((64, 48), Image.Resampling.BICUBIC)
    data = saved(picture, "JPEG", quality=95)
    frame = decoded(data)
    stored = np.asarray(Image.open(io.BytesIO(data)).convert("YCbCr"), np.int16)
    assert np.abs(frame.y - stored[..., 0]).max() <= 2
    blue = stored[..., 1].reshape(24, 2, 32, 2).mean((1, 3))
    red = stored[..., 2].reshape(24, 2, 32, 2).mean((1, 3))
    assert np.abs(frame.u - blue).max() <= 2
    assert np.abs(frame.v - red).max() <= 2


def test_opencvs_own_i420_would_not_be_full_range() -> None:
    white = np.full((16, 16, 3), 255, np.uint8)
    assert cv2.cvtColor(white, cv2.COLOR_BGR2YUV_I420)[0, 0] == 235
    assert full_range_planes(white)[0][0, 0] == 255


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture_upright(kind: str, orientation: int) -> None:
    upright = Image.new("RGB", (64, 32), (40, 40, 40))
    upright.paste((230, 230, 230), (0, 0, 16, 16))
    # The transposition that undoes what a viewer does for that EXIF value.
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    frame = decoded(saved(stored, kind, exif=exif))
    assert (frame.width, frame.height) == (64, 32)
    assert frame.y[8, 8] > 200
    assert max(frame.y[8, 56], frame.y[24, 8], frame.y[24, 56]) < 80


def test_a_grey_picture_has_neutral_colour() -> None:
    frame = decoded(saved(Image.linear_gradient("L"), "JPEG", quality=95))
    assert frame.y.max() > 250
    assert (np.unique(frame.u), np.unique(frame.v)) == (128, 128)


@pytest.mark.parametrize("mode", ["RGBA", "P", "I;16", "1", "LA"])
def test_other_kinds_of_png_are_read(mode: str) -> None:
    assert decoded(saved(Image.new(mode, (40, 30)))).height == 30


def test_odd_sizes_keep_their_size_and_round_their_chroma_up() -> None:
    frame = decoded(saved(Image.new("RGB", (33, 17), (200, 30, 30))))
    assert (frame.width, frame.height, frame.u.shape) == (33, 17, (9, 17))
    assert len(np.unique(frame.v)) == 1


def test_a_file_carries_its_own_time_and_the_given_camera(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(saved(Image.new("RGB", (32, 32))))
    frame = read_picture(path, camera="door")
    assert frame.camera == "door"
    assert frame.taken_at.timestamp() == pytest.approx(path.stat().st_mtime, abs=0.01)


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"nobody\.jpg"):
        read_picture(tmp_path / "nobody.jpg")


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot be read"):
        read_picture(tmp_path)


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff\xe0" + bytes(500)])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(CaptureError, match=r"photo\.jpg is unusable"):
        decoded(data)


def test_a_picture_that_was_cut_off_is_refused() -> None:
    data = saved(Image.effect_noise((200, 200), 50).convert("RGB"), "JPEG")
    with pytest.raises(CaptureError, match="cut off"):
        decoded(data[:-2000])


def test_a_damaged_png_is_refused() -> None:
    data = bytearray(saved(Image.effect_noise((64, 64), 50)))
    data[60:400] = bytes(340)
    with pytest.raises(CaptureError):
        decoded(bytes(data))


def test_a_picture_that_would_unpack_to_gigabytes_is_refused_before_decoding() -> None:
    header = b"IHDR" + (60000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    check = zlib.crc32(header).to_bytes(4, "big")
    data = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + header + check + b"\x00\x00\x00\x00IEND"
    with pytest.raises(FrameFormatError, match="60000x60000"):
        decoded(data)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(CaptureError, match="larger than 32 MiB"):
        decoded(b"\xff\xd8\xff" + bytes(images.MAX_FILE_BYTES))
