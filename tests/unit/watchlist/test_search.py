"""Scores and order equal an oracle's, bit for bit, whatever the shape of the gallery."""

from __future__ import annotations

from collections.abc import Callable

import numkong
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.watchlist.few import FEW_ROWS, FewRows
from edge.watchlist.part import BLOCK_ROWS, GROUP_ROWS, GROUP_UNITS, UNIT_ROWS, Part
from edge.watchlist.quantise import Int8s, lengths, quantise
from edge.watchlist.search import MAX_TOGETHER, ExactSearch, _Product
from edge.watchlist.table import EntryTable
from tests.fakes.watchlists import table as made_table

SIZES = (1, 2, GROUP_ROWS - 1, GROUP_ROWS, GROUP_ROWS + 1, BLOCK_ROWS + 7, 3 * BLOCK_ROWS + 513)


def oracle(
    table: EntryTable, probes: Int8s, alive: np.ndarray | None = None
) -> list[list[tuple[np.float32, str]]]:
    """Every score by NumPy in int32, every person, sorted; slow and plain."""
    people = table.enrolled.person_of_entry[table.entry_of_row]
    dots = probes.astype(np.int32) @ table.templates.astype(np.int32).T
    scores = dots.astype(np.float32) * (1.0 / lengths(table.templates))
    if alive is not None:
        scores[:, ~alive[table.entry_of_row]] = -np.inf
    found = []
    for row in scores:
        best = np.full(len(table.enrolled.person_ids), -np.inf, np.float32)
        np.maximum.at(best, people, row)
        order = np.lexsort((np.arange(len(best)), -best))[:2]
        found.append(
            [(best[p], table.enrolled.person_ids[int(p)]) for p in order if best[p] > -np.inf]
        )
    return found


def split(table: EntryTable, parts: int) -> list[np.ndarray]:
    """Which entries go into each part, at random; no part is empty."""
    owner = np.random.default_rng(parts).integers(0, parts, len(table.enrolled))
    masks = [owner == number for number in range(parts)]
    return [mask for mask in masks if mask.any()]


def searched(  # type: ignore[no-untyped-def]
    table: EntryTable,
    probes: Int8s,
    alive: np.ndarray | None = None,
    *,
    parts: int = 1,
    few: int = 0,
):
    masks = split(table, parts)
    search = ExactSearch([Part(table.only(mask)) for mask in masks], few)
    living = [None if alive is None else alive[mask] for mask in masks]
    return [[(m.score, m.person_id) for m in each] for each in search.two_best(probes, living)]


def random_rows(count: int, dimensions: int = 128, seed: int = 0) -> Int8s:
    drawn = np.random.default_rng(seed).integers(-127, 128, (count, dimensions), dtype=np.int8)
    drawn[:, 0] = 127
    return drawn


@pytest.mark.parametrize("dimensions", [1, 31, 128, 512, 1024])
@pytest.mark.parametrize("height", [1, 3, 17])
def test_the_packed_dot_products_equal_an_int32_oracle_bit_for_bit(
    dimensions: int, height: int
) -> None:
    stored, probes = random_rows(777, dimensions, 1), random_rows(height, dimensions, 2)
    probes[0] = 127
    stored[0] = -127
    dots = np.asarray(numkong.dots_packed(stored, numkong.dots_pack(probes)))
    assert dots.dtype == np.int32
    assert (dots == stored.astype(np.int32) @ probes.astype(np.int32).T).all()


@pytest.mark.parametrize("dimensions", [1, 31, 128, 1024])
@pytest.mark.parametrize("probes", [1, 2, 4, 5, 16])
def test_the_largest_dot_product_of_each_unit_equals_an_int32_oracles(
    dimensions: int, probes: int
) -> None:
    stored = random_rows(3 * GROUP_ROWS, dimensions, 3)
    asked = random_rows(probes, dimensions, 4)
    dots = stored.astype(np.int64) @ asked.astype(np.int64).T
    want = dots.reshape(-1, UNIT_ROWS, GROUP_UNITS, probes).max(axis=1)
    product = _Product(asked)
    assert product.width >= probes
    for height in (3, 1, 2):
        dots = product.of(stored[: height * GROUP_ROWS])
        units = dots.reshape(-1, UNIT_ROWS, GROUP_UNITS, product.width).max(axis=1)
        assert (units[..., :probes] == want[:height]).all()


@pytest.mark.parametrize("people", SIZES)
@pytest.mark.parametrize("probes", [1, 5, MAX_TOGETHER + 3])
def test_scores_and_people_equal_an_int32_oracles_bit_for_bit(people: int, probes: int) -> None:
    table = made_table(random_rows(people, seed=people))
    asked = random_rows(probes, seed=7)
    asked[0] = table.templates[people // 2]
    assert searched(table, asked) == oracle(table, asked)
    assert searched(table, asked, few=FEW_ROWS) == oracle(table, asked)


@pytest.mark.parametrize("people", [1, 2, 40, 1500])
@pytest.mark.parametrize("parts", [1, 3])
def test_few_rows_compared_at_once_give_the_oracles_answer(people: int, parts: int) -> None:
    table = made_table(random_rows(2 * people, seed=people), rows_each=2)
    twins = np.concatenate([table.templates[:1], table.templates[-1:], random_rows(3, seed=9)])
    alive = np.random.default_rng(people).random(len(table.enrolled)) < 0.6
    none = np.zeros(len(table.enrolled), bool)
    for living in (None, alive, none):
        found = searched(table, twins, living, parts=parts, few=FEW_ROWS)
        assert found == oracle(table, twins, living)


def test_people_with_equal_rows_come_by_their_ids_among_few_rows() -> None:
    table = made_table(np.repeat(random_rows(1), 9, axis=0))
    asked = random_rows(2, seed=3)
    for parts in (1, 4):
        assert searched(table, asked, parts=parts, few=FEW_ROWS) == oracle(table, asked)


@pytest.mark.parametrize("parts", [2, 7, 61])
@pytest.mark.parametrize("probes", [1, 5])
def test_however_the_rows_are_spread_over_parts_the_answer_is_the_oracles(
    parts: int, probes: int
) -> None:
    table = made_table(random_rows(9000, 64, seed=parts), rows_each=2)
    asked = random_rows(probes, 64, seed=17)
    alive = np.random.default_rng(18).random(len(table.enrolled)) < 0.7
    assert searched(table, asked, parts=parts) == oracle(table, asked)
    assert searched(table, asked, alive, parts=parts) == oracle(table, asked, alive)


def test_rows_of_nearly_one_direction_are_told_apart_bit_for_bit() -> None:
    base = np.random.default_rng(19).normal(size=128)
    near = base + 0.3 * np.random.default_rng(20).normal(size=(40_000, 128))
    table = made_table(quantise(near.astype(np.float32)))
    asked = quantise((base + 0.3 * np.random.default_rng(21).normal(size=(20, 128))).astype("f4"))
    assert searched(table, asked, parts=5) == oracle(table, asked)


def test_rows_of_many_lengths_are_told_apart_bit_for_bit() -> None:
    wide = np.random.default_rng(22).normal(size=(20_000, 64)).astype(np.float32)
    wide[:, 0] *= np.random.default_rng(23).uniform(1, 40, 20_000)
    table = made_table(quantise(wide))
    asked = quantise(wide[:20] + 1)
    assert searched(table, asked, parts=9) == oracle(table, asked)


Draw = Callable[[int, np.random.Generator], Int8s]


def scattered(count: int, chance: np.random.Generator) -> Int8s:
    return quantise(chance.normal(size=(count, 128)).astype(np.float32))


def like_faces(count: int, chance: np.random.Generator) -> Int8s:
    """Near a common direction, and apart in fewer directions than there are columns."""
    axes = np.random.default_rng(5).normal(size=(25, 128))
    weights = np.concatenate([np.full((count, 1), 3.0), 0.3 * chance.normal(size=(count, 24))], 1)
    return quantise((weights @ axes).astype(np.float32))


def corners(count: int, chance: np.random.Generator) -> Int8s:
    """As long as rows can be."""
    return np.where(chance.random((count, 128)) < 0.5, -127, 127).astype(np.int8)


def one_column(count: int, chance: np.random.Generator) -> Int8s:
    """As short as rows can be, each in one column only."""
    rows = np.zeros((count, 128), np.int8)
    rows[np.arange(count), chance.integers(0, 128, count)] = 127
    return rows


def doubled(count: int, chance: np.random.Generator) -> Int8s:
    """A few rows again and again: ties everywhere."""
    return scattered(5, chance)[chance.integers(0, 5, count)]


KINDS = st.sampled_from([scattered, like_faces, corners, one_column, doubled])


@given(
    stored=KINDS,
    asked=KINDS,
    seed=st.integers(0, 2**32 - 1),
    parts=st.integers(1, 4),
    ended=st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_whatever_the_rows_and_probes_are_like_the_answer_is_the_oracles(
    stored: Draw, asked: Draw, seed: int, parts: int, ended: bool
) -> None:
    chance = np.random.default_rng(seed)
    made = made_table(stored(1500, chance), rows_each=2)
    probes = np.concatenate([asked(3, chance), made.templates[:2]])
    alive = chance.random(len(made.enrolled)) < 0.5 if ended else None
    assert searched(made, probes, alive, parts=parts) == oracle(made, probes, alive)


@pytest.mark.parametrize("each", [1, 2, 5])
def test_a_person_is_as_near_as_the_nearest_of_their_rows(each: int) -> None:
    table = made_table(random_rows(3000, 16, seed=8), rows_each=each)
    asked = random_rows(20, 16, seed=9)
    assert searched(table, asked) == oracle(table, asked)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_rows_of_ended_entries_never_count(share: float) -> None:
    table = made_table(random_rows(5000, 32, seed=10), rows_each=2)
    alive = np.random.default_rng(11).random(len(table.enrolled)) < share
    asked = random_rows(9, 32, seed=12)
    assert searched(table, asked, alive) == oracle(table, asked, alive)


def test_rows_that_are_all_alike_and_ties_go_to_the_lowest_person() -> None:
    same = np.repeat(random_rows(1, seed=13), 3 * GROUP_ROWS + 5, axis=0)
    found = searched(made_table(same), same[:1], parts=3)[0]
    assert [who for _, who in found] == ["person-000000", "person-000001"]


def test_probes_that_point_away_from_everyone_find_the_least_unlike() -> None:
    stored = np.abs(random_rows(4000, 24, seed=14))
    table, asked = made_table(stored), -np.abs(random_rows(3, 24, seed=15))
    found = searched(table, asked, parts=3)
    assert found == oracle(table, asked)
    assert all(score < 0 for each in found for score, _ in each)


def test_rows_of_very_different_lengths_are_ordered_by_cosine_and_not_by_dot_product() -> None:
    flat, peaked = np.full((1, 64), 127, np.int8), np.zeros((1, 64), np.int8)
    peaked[0, 0] = 127
    table = made_table(np.concatenate([flat, peaked]))
    asked = quantise(np.eye(1, 64, dtype=np.float32) + 0.05)
    assert [who for _, who in searched(table, asked)[0]] == ["person-000001", "person-000000"]


def test_a_zero_row_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="zero"):
        Part(made_table(np.zeros((1, 8), np.int8)))


def test_parts_of_different_dimensions_are_not_searched_together() -> None:
    with pytest.raises(ValueError, match="different dimensions"):
        ExactSearch([Part(made_table(random_rows(1, d, seed=d))) for d in (16, 32)])


def test_no_parts_hold_nobody() -> None:
    assert ExactSearch().two_best(random_rows(2), []) == [(), ()]


@pytest.mark.parametrize("count", [1, 15, 16, 17, GROUP_ROWS - 1, GROUP_ROWS, 3 * GROUP_ROWS + 99])
def test_a_parts_runs_hold_each_row_once(count: int) -> None:
    numbers = np.arange(1, count + 1, dtype=np.uint16)
    marks = np.frombuffer(numbers.tobytes(), np.int8).reshape(-1, 2)
    stored = np.concatenate([np.full((count, 1), 127, np.int8), marks], axis=1)
    part = Part(made_table(stored))
    found = np.concatenate([part.rows[run] for run in part.once()])
    assert sorted(found.tolist()) == sorted(stored.tolist())


def test_the_rows_are_zeros_once_nothing_uses_the_part() -> None:
    part = Part(made_table(random_rows(50)))
    rows = part.rows
    assert rows.any()
    del part
    assert not rows.any()


def test_the_copy_of_few_rows_is_zeros_once_nothing_uses_it() -> None:
    few = FewRows([Part(made_table(random_rows(50)))])
    rows = few._rows
    assert rows.any()
    del few
    assert not rows.any()
