"""Templates as int8 rows."""

from __future__ import annotations

import numpy as np
import pytest

from edge.watchlist.quantise import lengths, quantise, restore
from tests.fakes.watchlists import rows


def test_a_restored_row_quantises_to_the_same_bytes_again() -> None:
    first = quantise(rows(2000, dimensions=128))
    assert (quantise(restore(first)) == first).all()
    assert (np.abs(first.astype(int)).max(axis=1) == 127).all()


def test_quantising_moves_a_cosine_by_less_than_a_thousandth() -> None:
    some = rows(500, dimensions=128)
    back = restore(quantise(some))
    assert np.abs(some @ some.T - back @ back.T).max() < 0.004
    assert (some * back).sum(axis=1).min() > 0.9995


def test_lengths_are_exact_at_the_largest_size() -> None:
    full = np.full((1, 1024), 127, dtype=np.int8)
    assert lengths(full)[0] == np.float32(127 * 32)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_row_without_direction_is_refused(value: float) -> None:
    bad = rows(3)
    bad[1] = value
    with pytest.raises(ValueError, match="zero or not finite"):
        quantise(bad)
