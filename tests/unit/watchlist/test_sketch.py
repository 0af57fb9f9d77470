"""Half rows bound whole ones, whatever the rows are, and the answers stay the oracle's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.watchlist.part import LEAD_COLUMNS, Part
from edge.watchlist.quantise import Int8s, quantise
from edge.watchlist.search import ExactSearch
from edge.watchlist.sketch import Fit, Sketch, unit_radii
from tests.fakes.watchlists import table
from tests.unit.watchlist.test_search import ALWAYS_HALF, oracle, random_rows, searched

Draw = Callable[[int, int, np.random.Generator], Int8s]


def scattered(count: int, dimensions: int, chance: np.random.Generator) -> Int8s:
    return quantise(chance.normal(size=(count, dimensions)).astype(np.float32))


def like_faces(count: int, dimensions: int, chance: np.random.Generator) -> Int8s:
    """Near a common direction, and apart in fewer directions than there are columns."""
    axes = np.random.default_rng(5).normal(size=(25, dimensions))
    weights = np.concatenate([np.full((count, 1), 3.0), 0.3 * chance.normal(size=(count, 24))], 1)
    return quantise((weights @ axes).astype(np.float32))


def corners(count: int, dimensions: int, chance: np.random.Generator) -> Int8s:
    """As long as rows can be."""
    return np.where(chance.random((count, dimensions)) < 0.5, -127, 127).astype(np.int8)


def one_column(count: int, dimensions: int, chance: np.random.Generator) -> Int8s:
    """As short as rows can be, each in one column only."""
    rows = np.zeros((count, dimensions), np.int8)
    rows[np.arange(count), chance.integers(0, dimensions, count)] = 127
    return rows


def doubled(count: int, dimensions: int, chance: np.random.Generator) -> Int8s:
    """A few rows again and again: ties everywhere."""
    return scattered(5, dimensions, chance)[chance.integers(0, 5, count)]


def only_late(count: int, dimensions: int, chance: np.random.Generator) -> Int8s:
    """All that tells rows apart lies in the columns that are not read first."""
    rows = scattered(count, dimensions, chance)
    rows[:, :LEAD_COLUMNS] = 11
    rows[:, -1] = 127
    return rows


KINDS: tuple[Draw, ...] = (scattered, like_faces, corners, one_column, doubled, only_late)
kinds, seeds = st.sampled_from(KINDS), st.integers(0, 2**32 - 1)
widths = st.sampled_from([2 * LEAD_COLUMNS, 200, 1024])


@given(sampled=kinds, stored=kinds, asked=kinds, dimensions=widths, seed=seeds)
@settings(max_examples=60, deadline=None)
def test_no_dot_product_of_a_row_exceeds_its_bound_whatever_the_sketch_was_made_of(
    sampled: Draw, stored: Draw, asked: Draw, dimensions: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    sketch = Sketch(sampled(90, dimensions, chance))
    rows, probes = stored(40, dimensions, chance), asked(7, dimensions, chance)
    question = sketch.ask(probes)
    lead, rest = rows[:, :LEAD_COLUMNS], rows[:, LEAD_COLUMNS:]
    products = lead.astype(np.int32) @ question.lead.T.astype(np.int32)
    bounds = question.bounds(products, sketch.radii(lead, rest))
    assert (bounds >= rows.astype(np.int64) @ probes.T.astype(np.int64)).all()


@given(stored=kinds, asked=kinds, seed=seeds, parts=st.integers(1, 4), dead=st.booleans())
@settings(max_examples=20, deadline=None)
def test_the_best_two_people_are_the_oracles_when_half_rows_are_read_first(
    stored: Draw, asked: Draw, seed: int, parts: int, dead: bool
) -> None:
    chance = np.random.default_rng(seed)
    made = table(stored(1500, 128, chance), rows_each=2)
    probes = np.concatenate([asked(3, 128, chance), made.templates[:2]])
    alive = chance.random(len(made.enrolled)) < 0.5 if dead else None
    assert searched(made, probes, alive, parts=parts) == oracle(made, probes, alive)


def test_rows_one_unit_apart_in_a_late_column_are_told_apart() -> None:
    base = like_faces(1, 128, np.random.default_rng(1))
    near = np.repeat(base, 3000, axis=0)
    near[:, 70:90] += np.random.default_rng(2).integers(-1, 2, (3000, 20), dtype=np.int8)
    made = table(near)
    assert searched(made, near[:20], parts=3) == oracle(made, near[:20])


def test_a_units_radii_are_the_largest_of_its_rows() -> None:
    part = Part(table(random_rows(2500, 128)))
    sketch = Sketch(random_rows(100, 128, seed=1))
    each = sketch.radii(part.lead, part.rest).reshape(-1, 16, 64, 2).max(axis=1)
    assert unit_radii(sketch, part) == pytest.approx(each.reshape(-1, 2))


def test_rows_like_faces_get_a_sketch_and_scattered_ones_none() -> None:
    chance = np.random.default_rng(3)
    faces, others = (Part(table(draw(3000, 128, chance))) for draw in (like_faces, scattered))
    assert Fit(least_rows=1).to([faces]).sketch is not None
    assert Fit(least_rows=1).to([others]).sketch is None


@pytest.mark.parametrize("dimensions", [1, 31, 2 * LEAD_COLUMNS - 1])
def test_rows_of_few_columns_are_read_whole(dimensions: int) -> None:
    part = Part(table(random_rows(50, dimensions)))
    assert ALWAYS_HALF.to([part]).sketch is None
    assert part.rest.shape[1] == 0


def test_a_small_gallery_gets_no_sketch() -> None:
    assert Fit(least_rows=3000).to([Part(table(random_rows(50)))]).sketch is None


def test_a_sketch_stays_while_most_of_the_rows_it_was_made_of_stay() -> None:
    first, second, third, fourth = (Part(table(random_rows(900, seed=n))) for n in range(4))
    made = ALWAYS_HALF.to([first, second, third])
    assert made.to([second, third, fourth]).sketch is made.sketch
    later = made.to([third, fourth])
    assert later.sketch is not made.sketch
    assert len(later.radii) == 128


def test_a_part_that_went_is_let_go_with_its_rows() -> None:
    parts = [Part(table(random_rows(900, seed=n))) for n in range(3)]
    gone, search = parts[0].lead, ExactSearch(parts, ALWAYS_HALF)
    del parts[0]
    search = search.over(parts)
    assert not gone.any()
    assert search.two_best(random_rows(2), [None, None])[0]
