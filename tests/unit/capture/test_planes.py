"""A decoded picture becomes a frame: views, range, matrix, conversion, turning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import av
import numpy as np
import pytest

from edge.capture.planes import frame_of
from edge.errors import FrameFormatError
from edge.values import Frame
from tests.fakes.clips import filled

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TV, PC = 1, 2
RAMP = np.arange(64)[None, :] * 4 % 220 + 16


def made(picture: av.VideoFrame, **more: Any) -> Frame:
    return frame_of(picture, camera="c", index=3, t_s=1.5, taken_at=NOW, **more)


def test_the_planes_are_read_only_views_into_the_decoders_buffer() -> None:
    picture = filled("yuv420p", (50, 40), 77)
    frame = made(picture)
    np.frombuffer(picture.planes[0], np.uint8)[0] = 99
    np.frombuffer(picture.planes[2], np.uint8)[0] = 7
    assert frame.y[0, 0] == 99
    assert frame.v[0, 0] == 7
    assert frame.lease is picture
    assert not frame.y.flags.writeable
    assert frame.y.strides[0] == picture.planes[0].line_size > 50


@pytest.mark.parametrize("size", [(64, 48), (33, 25), (50, 17)])
def test_odd_sizes_round_their_chroma_up(size: tuple[int, int]) -> None:
    frame = made(filled("yuv420p", size, 60))
    assert (frame.width, frame.height) == size
    assert frame.u.shape == ((size[1] + 1) // 2, (size[0] + 1) // 2)
    assert (np.unique(frame.y), np.unique(frame.u)) == (60, 128)


def test_the_frame_outlives_the_last_other_reference_to_the_picture() -> None:
    frames = [made(filled("yuv420p", (64, 48), luma)) for luma in range(200)]
    assert [int(frame.y.max()) for frame in frames] == list(range(200))


@pytest.mark.parametrize(("stated", "full"), [(0, False), (TV, False), (PC, True)])
def test_the_stated_range_decides_full_range(stated: int, full: bool) -> None:
    picture = filled("yuv420p", (64, 48), RAMP)
    picture.color_range = stated
    frame = made(picture)
    assert frame.full_range is full
    assert (frame.y[0] == RAMP).all()


def test_a_yuvj_format_is_full_range_by_its_name() -> None:
    assert made(filled("yuvj420p", (64, 48), 0)).full_range


@pytest.mark.parametrize(
    ("stated", "size", "matrix"),
    [
        (1, (64, 48), "bt709"),
        (5, (1280, 720), "bt601"),
        (6, (1280, 720), "bt601"),
        (9, (64, 48), "bt709"),
        (2, (720, 576), "bt601"),
        (2, (1280, 720), "bt709"),
        (2, (1024, 768), "bt709"),
    ],
)
def test_the_stated_matrix_wins_and_an_unsaid_one_follows_the_size(
    stated: int, size: tuple[int, int], matrix: str
) -> None:
    picture = filled("yuv420p", size, 50)
    picture.colorspace = stated
    assert made(picture).matrix == matrix


def test_a_source_may_know_better_than_the_size() -> None:
    assert made(filled("yuv420p", (1280, 720), 50), unsaid_matrix="bt601").matrix == "bt601"


@pytest.mark.parametrize("pixels", ["yuyv422", "nv12", "yuv422p", "yuv444p"])
@pytest.mark.parametrize("stated", [TV, PC])
def test_other_yuv_formats_keep_their_luma_and_range(pixels: str, stated: int) -> None:
    picture = filled(pixels, (64, 48), RAMP)
    picture.color_range = stated
    frame = made(picture)
    assert frame.full_range is (stated == PC)
    assert (frame.y == RAMP).all()
    assert (np.unique(frame.u), np.unique(frame.v)) == (128, 128)


def test_motion_jpegs_pixels_stay_full_range() -> None:
    frame = made(filled("yuvj422p", (64, 48), np.arange(64)[None, :] * 4))
    assert frame.full_range
    assert (frame.y[0] == np.arange(64) * 4).all()


def test_grey_becomes_full_range_with_neutral_colour() -> None:
    frame = made(filled("gray", (64, 48), np.arange(64)[None, :] * 4))
    assert (frame.full_range, frame.matrix) == (True, "bt601")
    assert (frame.y[0] == np.arange(64) * 4).all()
    assert (np.unique(frame.u), np.unique(frame.v)) == (128, 128)


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        # ITU-T T.871: Y = 0.299 R + 0.587 G + 0.114 B, Cb and Cr around 128.
        ((255, 0, 0), (76, 85, 255)),
        ((0, 255, 0), (150, 44, 21)),
        ((0, 0, 255), (29, 255, 107)),
        ((255, 255, 255), (255, 128, 128)),
    ],
)
def test_rgb_becomes_full_range_bt601(rgb: tuple[int, ...], yuv: tuple[int, ...]) -> None:
    picture = av.VideoFrame(64, 48, "rgb24")
    np.frombuffer(picture.planes[0], np.uint8).reshape(-1, 3)[:] = rgb
    frame = made(picture)
    assert (frame.full_range, frame.matrix) == (True, "bt601")
    found = [int(plane[10, 10]) for plane in (frame.y, frame.u, frame.v)]
    assert found == pytest.approx(yuv, abs=1)


@pytest.mark.parametrize("pixels", ["xyz12le", "gray32le", "yaf32le"])
def test_pixels_that_cannot_be_converted_are_refused_with_their_name(pixels: str) -> None:
    with pytest.raises(FrameFormatError, match=pixels):
        made(av.VideoFrame(64, 48, pixels))


def test_a_picture_beyond_the_largest_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(FrameFormatError, match=r"8194x32.*8192"):
        made(av.VideoFrame(8194, 32, "yuv420p"))


def test_a_picture_below_the_smallest_size_is_refused() -> None:
    with pytest.raises(FrameFormatError, match="16"):
        made(av.VideoFrame(8, 8, "yuv420p"))
