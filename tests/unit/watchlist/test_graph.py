"""The graph proposes; scores are always exact, and the exact search stands in for it."""

from __future__ import annotations

import numpy as np

from edge.watchlist.graph import HnswSearch
from edge.watchlist.part import Part
from edge.watchlist.quantise import Int8s, lengths, quantise
from edge.watchlist.search import ExactSearch
from edge.watchlist.table import EntryTable
from tests.fakes.watchlists import rows, table

PEOPLE = 3000


def halves(of: EntryTable) -> list[Part]:
    first = np.arange(len(of.enrolled)) < len(of.enrolled) / 2
    return [Part(of.only(mask)) for mask in (first, ~first) if mask.any()]


def finished(parts: list[Part]) -> HnswSearch:
    graph = HnswSearch(least_rows=1).over(parts)
    while graph.improve(10.0):
        pass
    assert graph.finished
    return graph


def looks(of: EntryTable, count: int) -> Int8s:
    drawn = np.random.default_rng(5).integers(0, len(of.templates), count)
    return quantise(of.templates[drawn] + 20 * rows(count, 32, seed=6))


def people(dimensions: int = 32, *, rows_each: int = 1) -> EntryTable:
    return table(quantise(rows(PEOPLE, dimensions, seed=1)), rows_each=rows_each)


def every(parts: list[Part]) -> list[None]:
    return [None] * len(parts)


def test_a_finished_graph_finds_nearly_everyone_and_every_score_is_exact() -> None:
    made = people(rows_each=2)
    asked, parts = looks(made, 200), halves(made)
    exact = ExactSearch(parts).two_best(asked, every(parts))
    found = finished(parts).two_best(asked, every(parts))
    assert np.mean([a[0] == b[0] for a, b in zip(exact, found, strict=True)]) > 0.98
    dots = asked.astype(np.int32) @ made.templates.astype(np.int32).T
    scores = dots.astype(np.float32) * (1.0 / lengths(made.templates))
    for row, each in zip(scores, found, strict=True):
        best = row.reshape(-1, 2).max(axis=1)
        places = [made.enrolled.person_ids.find(match.person_id) for match in each]
        assert [match.score for match in each] == [best[place] for place in places]


def test_an_unfinished_graph_is_not_asked() -> None:
    parts = halves(people())
    ticks = iter(range(100))
    graph = HnswSearch(least_rows=1, now_s=lambda: float(next(ticks))).over(parts)
    asked = looks(people(), 20)
    exact = ExactSearch(parts).two_best(asked, every(parts))
    assert graph.improve(1.5)
    assert not graph.finished
    assert graph.two_best(asked, every(parts)) == exact


def test_a_small_gallery_needs_no_graph() -> None:
    parts, asked = halves(people()), looks(people(), 20)
    graph = HnswSearch().over(parts)
    assert not graph.improve(1.0)
    assert not graph.finished
    exact = ExactSearch(parts).two_best(asked, every(parts))
    assert graph.two_best(asked, every(parts)) == exact


def test_when_nobody_it_proposes_is_live_every_row_is_compared() -> None:
    made = people()
    parts, asked = halves(made), looks(made, 5)
    alive = np.zeros(PEOPLE, np.bool_)
    alive[[17, 2000]] = True
    living = [alive[: PEOPLE // 2], alive[PEOPLE // 2 :]]
    found = finished(parts).two_best(asked, living)
    assert found == ExactSearch(parts).two_best(asked, living)
    two = {"person-000017", "person-002000"}
    assert all({match.person_id for match in each} == two for each in found)


def test_one_person_alone_is_one_match() -> None:
    parts = [Part(table(quantise(rows(1))))]
    assert len(finished(parts).two_best(quantise(rows(1)), [None])[0]) == 1


def test_a_part_that_comes_later_is_compared_beside_the_graph() -> None:
    made = people()
    late = np.arange(PEOPLE) >= PEOPLE - 100
    early, later = Part(made.only(~late)), Part(made.only(late))
    graph = finished([early]).over([later, early])
    assert graph.finished
    asked = made.templates[-100:]
    found = graph.two_best(asked, [None, None])
    assert [each[0].person_id for each in found] == [
        f"person-{n:06}" for n in range(PEOPLE - 100, PEOPLE)
    ]


def test_a_graph_goes_with_the_first_of_its_parts_and_another_one_is_begun() -> None:
    parts = halves(people())
    rows_before = [part.rows for part in parts]
    graph = finished(parts).over(parts[1:])
    assert not graph.finished
    del parts
    assert [bool(one.any()) for one in rows_before] == [False, True]
    assert graph.improve(10.0) is False
    assert graph.finished


def test_a_graph_that_many_rows_came_after_is_begun_again() -> None:
    first, second = halves(people())
    assert not finished([first]).over([first, second]).finished
