"""Pixels become a model's values as the table says, whichever way they are written."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.recognise.pixel_table import PixelTable

PIXELS = np.arange(256, dtype=np.uint8)
PICTURE = np.random.default_rng(1).integers(0, 256, (24, 40, 3), dtype=np.uint8)
STRETCHED = np.clip((PIXELS - 16.0) * 255 / 219, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "table",
    [
        PIXELS,
        PIXELS ^ 128,
        255 - PIXELS,
        STRETCHED,
        (PIXELS / 128 - 1).astype(np.float32),
        np.stack([PIXELS ^ 128] * 3, axis=-1),
        np.stack([PIXELS, PIXELS ^ 128, STRETCHED], axis=-1),
    ],
)
def test_what_is_written_is_what_the_table_says(table: np.ndarray) -> None:
    written = np.empty(PICTURE.shape, table.dtype)
    PixelTable(table).write(PICTURE, written)
    columns = np.broadcast_to(table.reshape(256, -1), (256, 3))
    wanted = np.stack([columns[PICTURE[..., c], c] for c in range(3)], axis=-1)
    assert (written == wanted).all()


def test_pixels_with_bits_turned_over_may_be_written_over_themselves() -> None:
    table, picture = PixelTable(PIXELS ^ 128), PICTURE.copy()
    assert table.in_place
    table.write(picture, picture)
    assert (picture == cv2.LUT(PICTURE, PIXELS ^ 128)).all()


@pytest.mark.parametrize("table", [STRETCHED, np.stack([PIXELS, PIXELS ^ 1, PIXELS], axis=-1)])
def test_other_tables_need_pixels_of_their_own(table: np.ndarray) -> None:
    assert not PixelTable(table).in_place
