"""The graph proposes; scores are always exact, and the exact search stands in for it."""

from __future__ import annotations

import numpy as np

from edge.watchlist.graph import HnswSearch
from edge.watchlist.quantise import Int8s, lengths, quantise
from edge.watchlist.search import ExactSearch
from edge.watchlist.table import EntryTable
from tests.fakes.watchlists import rows, table

PEOPLE = 3000


def finished(of: EntryTable) -> HnswSearch:
    graph = HnswSearch(of, least_rows=1)
    while graph.improve(10.0):
        pass
    assert graph.finished
    return graph


def looks(of: EntryTable, count: int) -> Int8s:
    drawn = np.random.default_rng(5).integers(0, len(of.templates), count)
    return quantise(of.templates[drawn] + 20 * rows(count, 32, seed=6))


def people(dimensions: int = 32, *, rows_each: int = 1) -> EntryTable:
    return table(quantise(rows(PEOPLE, dimensions, seed=1)), rows_each=rows_each)


def test_a_finished_graph_finds_nearly_everyone_and_every_score_is_exact() -> None:
    made = people(rows_each=2)
    asked = looks(made, 200)
    exact, found = ExactSearch(made).two_best(asked, None), finished(made).two_best(asked, None)
    assert np.mean([a[0] == b[0] for a, b in zip(exact, found, strict=True)]) > 0.98
    dots = asked.astype(np.int32) @ made.templates.astype(np.int32).T
    scores = dots.astype(np.float32) * (1.0 / lengths(made.templates))
    for row, each in zip(scores, found, strict=True):
        best = row.reshape(-1, 2).max(axis=1)
        assert [match.score for match in each] == [best[match.person] for match in each]


def test_an_unfinished_graph_is_not_asked() -> None:
    made = people()
    ticks = iter(range(100))
    graph = HnswSearch(made, least_rows=1, now_s=lambda: float(next(ticks)))
    asked = looks(made, 20)
    exact = ExactSearch(made).two_best(asked, None)
    assert graph.improve(1.5)
    assert not graph.finished
    assert graph.two_best(asked, None) == exact


def test_a_small_gallery_needs_no_graph() -> None:
    made = people()
    graph = HnswSearch(made)
    assert not graph.improve(1.0)
    assert not graph.finished
    asked = looks(made, 20)
    assert graph.two_best(asked, None) == ExactSearch(made).two_best(asked, None)


def test_when_nobody_it_proposes_is_live_every_row_is_compared() -> None:
    made = people()
    graph, asked = finished(made), looks(made, 5)
    alive = np.zeros(PEOPLE, np.bool_)
    alive[[17, 2000]] = True
    found = graph.two_best(asked, alive)
    assert found == ExactSearch(made).two_best(asked, alive)
    assert all({match.person for match in each} == {17, 2000} for each in found)


def test_one_person_alone_is_one_match() -> None:
    made = table(quantise(rows(1)))
    assert len(finished(made).two_best(made.templates, None)[0]) == 1
