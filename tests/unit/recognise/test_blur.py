"""What is hidden stays hidden: nothing to compute back, nobody missed for a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.recognise.blur import (
    CELLS_ACROSS,
    CELLS_DOWN,
    KEPT_S,
    LEVELS,
    Place,
    Veil,
    hidden,
    place,
)
from edge.values import Bytes, Detection, Frame

START = datetime(2026, 6, 1, tzinfo=UTC)
HEIGHT, WIDTH = 180, 320
GREY = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
NOISE = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def frame(at_s: float) -> Frame:
    taken = START + timedelta(seconds=at_s)
    return Frame("door", round(at_s * 10), at_s, taken, NOISE[:, :, 0], GREY, GREY)


def face(left: float, top: float = 60.0, size: float = 40.0) -> Detection:
    points = np.array([[12, 15], [28, 15], [20, 24], [14, 32], [26, 32]], np.float32)
    return Detection((left, top, size, size), points * np.float32(size / 40) + (left, top), 0.2)


def inner(picture: Bytes, left: float, top: float = 60.0, size: float = 40.0) -> Bytes:
    rows, columns = slice(int(top), int(top + size)), slice(int(left), int(left + size))
    return picture[rows, columns]


def is_hidden(picture: Bytes, left: float) -> bool:
    """Whether the face's own place holds no more than a handful of colours."""
    colours = np.unique(inner(picture, left).reshape(-1, 3), axis=0)
    return len(colours) <= CELLS_ACROSS * CELLS_DOWN


def test_no_more_than_six_cells_across_are_left() -> None:
    assert max(CELLS_ACROSS, CELLS_DOWN) <= 6
    assert LEVELS <= 8


def test_a_hidden_place_holds_a_handful_of_coarse_colours_and_the_rest_is_untouched() -> None:
    where = place(face(100).box, (WIDTH, HEIGHT))
    shown = hidden(NOISE, [where])
    part = shown[where.top : where.bottom, where.left : where.right]
    colours = np.unique(part.reshape(-1, 3), axis=0)
    assert len(colours) <= CELLS_ACROSS * CELLS_DOWN
    assert set(np.unique(part).tolist()) <= {step * 64 + 32 for step in range(LEVELS)}
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[where.top : where.bottom, where.left : where.right] = False
    assert (shown[outside] == NOISE[outside]).all()
    assert (shown != NOISE).any()


def test_pictures_that_differ_in_detail_only_become_the_same() -> None:
    """So that nothing, however clever, can tell from the result which of them it was."""
    where = [Place(0, 0, WIDTH, HEIGHT)]
    # Means in the middle of a step, so that no cell lies between two of them.
    one = NOISE // 4 + 64
    assert (hidden(one, where) == hidden(np.roll(one, 7, axis=1), where)).all()
    assert (hidden(one, where) == hidden(one[::-1].copy(), where)).all()


@given(
    left=st.floats(-1e5, 1e5),
    top=st.floats(-1e5, 1e5),
    width=st.floats(0.01, 1e5),
    height=st.floats(0.01, 1e5),
)
def test_a_place_lies_in_the_picture_and_covers_the_box(
    left: float, top: float, width: float, height: float
) -> None:
    one = place((left, top, width, height), (WIDTH, HEIGHT))
    assert 0 <= one.left <= WIDTH
    assert 0 <= one.top <= HEIGHT
    assert one.left <= max(0, left)
    assert one.top <= max(0, top)
    assert one.right >= min(WIDTH, left + width) or left + width < 0
    assert one.bottom >= min(HEIGHT, top + height) or top + height < 0
    assert hidden(NOISE, [one]).shape == NOISE.shape


def test_a_face_that_is_missed_for_a_moment_stays_hidden() -> None:
    veil = Veil()
    veil.add(frame(0.0), NOISE, (face(100),))
    veil.add(frame(0.2), NOISE, ())
    for at_s in (0.4, 0.6, 0.8, 1.0, 1.2):
        shown = veil.add(frame(at_s), NOISE, ())
        assert shown is not None
        assert is_hidden(shown, 100), at_s


def test_a_face_that_moves_on_while_it_is_missed_is_hidden_where_it_went() -> None:
    veil = Veil()
    for step in range(4):
        veil.add(frame(step * 0.2), NOISE, (face(40 + 10.0 * step),))
    veil.add(frame(0.8), NOISE, ())
    shown = veil.add(frame(1.0), NOISE, ())
    assert shown is not None
    assert is_hidden(shown, 80)
    assert is_hidden(shown, 70)


def test_a_face_that_is_found_late_is_hidden_in_the_picture_before() -> None:
    veil = Veil()
    veil.add(frame(0.0), NOISE, ())
    shown = veil.add(frame(0.2), NOISE, (face(100),))
    assert shown is not None
    assert is_hidden(shown, 100)


def test_the_picture_clears_some_time_after_the_face_has_gone() -> None:
    veil = Veil()
    veil.add(frame(0.0), NOISE, (face(100),))
    veil.add(frame(KEPT_S + 0.3), NOISE, ())
    shown = veil.add(frame(KEPT_S + 0.5), NOISE, ())
    assert shown is not None
    assert (shown == NOISE).all()


def test_the_first_picture_is_kept_back() -> None:
    assert Veil().add(frame(0.0), NOISE, ()) is None


def test_more_faces_than_can_be_followed_are_all_hidden() -> None:
    veil = Veil()
    many = tuple(
        face(float(x), float(y), 4.0) for x in range(0, 310, 10) for y in range(0, 170, 10)
    )
    veil.add(frame(0.0), NOISE, many)
    shown = veil.add(frame(0.2), NOISE, many)
    assert shown is not None
    for one in many:
        left, top, size, _ = one.box
        part = inner(shown, left, top, size)
        assert set(np.unique(part).tolist()) <= {step * 64 + 32 for step in range(LEVELS)}


@pytest.mark.parametrize("shape", [(90, 160, 3), (HEIGHT, WIDTH + 2, 3)])
def test_a_picture_of_another_size_begins_afresh(shape: tuple[int, int, int]) -> None:
    veil = Veil()
    veil.add(frame(0.0), NOISE, (face(100),))
    other = np.zeros(shape, np.uint8)
    assert veil.add(frame(0.2), other, ()) is None
