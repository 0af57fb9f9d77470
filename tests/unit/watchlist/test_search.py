"""Scores and order equal an oracle's, bit for bit, whatever the shape of the gallery."""

from __future__ import annotations

import gc
import weakref

import numkong
import numpy as np
import pytest

from edge.watchlist.gallery import Gallery
from edge.watchlist.quantise import Int8s, lengths, quantise
from edge.watchlist.search import (
    BLOCK_ROWS,
    GROUP_ROWS,
    MAX_TOGETHER,
    ExactSearch,
    _Dots,
    _lone_peaks,
    _peaks,
)
from edge.watchlist.table import EntryTable, table_of
from tests.fakes.watchlists import StillClock, entry, rows, watchlist
from tests.fakes.watchlists import table as made_table

SIZES = (1, 2, GROUP_ROWS - 1, GROUP_ROWS, GROUP_ROWS + 1, BLOCK_ROWS + 7, 3 * BLOCK_ROWS + 513)


def oracle(
    table: EntryTable, probes: Int8s, alive: np.ndarray | None = None
) -> list[list[tuple[np.float32, int]]]:
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
        found.append([(best[p], int(p)) for p in order if best[p] > -np.inf])
    return found


def searched(search: ExactSearch, probes: Int8s, alive: np.ndarray | None = None):  # type: ignore[no-untyped-def]
    return [[(m.score, m.person) for m in each] for each in search.two_best(probes, alive)]


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
def test_the_largest_dot_product_of_each_group_equals_an_int32_oracles(
    dimensions: int, probes: int
) -> None:
    stored = random_rows(BLOCK_ROWS + 3 * GROUP_ROWS, dimensions, 3)
    asked = random_rows(probes, dimensions, 4)
    dots = stored.astype(np.int64) @ asked.astype(np.int64).T
    want = dots.reshape(-1, GROUP_ROWS, probes).max(axis=1)
    assert (_peaks(stored, asked) == want).all()
    assert (_lone_peaks(stored, asked[:1]) == want[:, :1]).all()


def test_blocks_of_another_height_get_memory_of_their_own() -> None:
    stored, asked = random_rows(100, seed=5), random_rows(4, seed=6)
    dots = _Dots(asked)
    for height in (100, 60, 100):
        want = stored[:height].astype(np.int32) @ asked.astype(np.int32).T
        assert (dots.of(stored[:height]) == want).all()


@pytest.mark.parametrize("people", SIZES)
@pytest.mark.parametrize("probes", [1, 5, MAX_TOGETHER + 3])
def test_scores_and_people_equal_an_int32_oracles_bit_for_bit(people: int, probes: int) -> None:
    table = made_table(random_rows(people, seed=people))
    asked = random_rows(probes, seed=7)
    asked[0] = table.templates[people // 2]
    assert searched(ExactSearch(table), asked) == oracle(table, asked)


@pytest.mark.parametrize("each", [1, 2, 5])
def test_a_person_is_as_near_as_the_nearest_of_their_rows(each: int) -> None:
    table = made_table(random_rows(3000, 16, seed=8), rows_each=each)
    asked = random_rows(20, 16, seed=9)
    assert searched(ExactSearch(table), asked) == oracle(table, asked)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_rows_of_ended_entries_never_count(share: float) -> None:
    table = made_table(random_rows(5000, 32, seed=10), rows_each=2)
    alive = np.random.default_rng(11).random(len(table.enrolled)) < share
    asked = random_rows(9, 32, seed=12)
    assert searched(ExactSearch(table), asked, alive) == oracle(table, asked, alive)


def test_rows_that_are_all_alike_and_ties_go_to_the_lowest_person() -> None:
    same = np.repeat(random_rows(1, seed=13), 3 * GROUP_ROWS + 5, axis=0)
    found = ExactSearch(made_table(same)).two_best(same[:1], None)[0]
    assert [match.person for match in found] == [0, 1]


def test_probes_that_point_away_from_everyone_find_the_least_unlike() -> None:
    stored = np.abs(random_rows(4000, 24, seed=14))
    table, asked = made_table(stored), -np.abs(random_rows(3, 24, seed=15))
    found = searched(ExactSearch(table), asked)
    assert found == oracle(table, asked)
    assert all(score < 0 for each in found for score, _ in each)


def test_rows_of_very_different_lengths_are_ordered_by_cosine_and_not_by_dot_product() -> None:
    flat, peaked = np.full((1, 64), 127, np.int8), np.zeros((1, 64), np.int8)
    peaked[0, 0] = 127
    table = made_table(np.concatenate([flat, peaked]))
    asked = quantise(np.eye(1, 64, dtype=np.float32) + 0.05)
    best = ExactSearch(table).two_best(asked, None)[0]
    assert [match.person for match in best] == [1, 0]


def test_a_zero_row_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="zero"):
        ExactSearch(made_table(np.zeros((1, 8), np.int8)))


def test_a_gallery_of_columns_answers_as_the_gallery_of_the_same_list() -> None:
    entries = [
        entry(n, person=n // 2, sites=("north",) if n % 3 else ("south",)) for n in range(90)
    ]
    shown = watchlist(*entries)
    one, other = Gallery("north", StillClock()), Gallery("north", StillClock())
    one.activate(shown)
    other.activate_table(table_of(shown))
    probes = rows(20, seed=99)
    assert one.search(probes) == other.search(probes)
    assert one.entries_live == other.entries_live == sum(n % 3 > 0 for n in range(90))


def test_a_list_that_went_away_is_not_kept_in_memory() -> None:
    clock = StillClock()
    kept: list[weakref.ref[ExactSearch]] = []

    def make(table: EntryTable) -> ExactSearch:
        search = ExactSearch(table)
        kept.append(weakref.ref(search))
        return search

    gallery = Gallery("north", clock, make)
    for version in (1, 2):
        gallery.activate(watchlist(entry(version), version=version))
        gallery.search(rows(1))
    gc.collect()
    assert kept[0]() is None
    gallery.deactivate()
    gc.collect()
    assert kept[1]() is None
