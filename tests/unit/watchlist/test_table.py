"""Columns hold what the list held, and refuse what does not fit together."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.values import EntryRef
from edge.watchlist.names import Names
from edge.watchlist.table import table_of
from tests.fakes.watchlists import entry, rows, table, watchlist


@given(st.lists(st.text(max_size=12)))
def test_texts_come_out_as_they_went_in(texts: list[str]) -> None:
    names = Names.of(texts)
    assert [names[place] for place in range(len(names))] == texts
    backwards = np.arange(len(texts))[::-1]
    taken = names.take(backwards)
    assert [taken[place] for place in range(len(taken))] == texts[::-1]


@given(st.lists(st.uuids(), min_size=1))
def test_uuids_take_sixteen_bytes_each(ids: list[UUID]) -> None:
    names = Names.of(str(one) for one in ids)
    assert len(names.block) == 16 * len(ids)
    assert [names[place] for place in range(len(names))] == [str(one) for one in ids]
    assert Names.of_uuids(names.block)[len(ids) - 1] == str(ids[-1])


@pytest.mark.parametrize(
    "odd",
    ["7F3F4C5E-0000-4000-8000-000000000000", "{7f3f4c5e-0000-4000-8000-0000000000}", "x" * 36],
)
def test_a_text_that_only_looks_like_a_uuid_keeps_its_spelling(odd: str) -> None:
    assert Names.of([odd])[0] == odd


def test_a_block_that_is_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="whole number"):
        Names.of_uuids(bytes(17))


def test_entries_lie_person_by_person_with_their_rows() -> None:
    shown = watchlist(
        entry(3, person=1, list_id="staff"), entry(2), entry(1, templates=rows(2, seed=1))
    )
    made = table_of(shown)
    assert [made.enrolled.ref(n) for n in range(3)] == [
        EntryRef("entry-0001", "guests", "Person 1"),
        EntryRef("entry-0003", "staff", None),
        EntryRef("entry-0002", "guests", "Person 2"),
    ]
    assert made.enrolled.person_of_entry.tolist() == [0, 0, 1]
    assert made.entry_of_row.tolist() == [0, 0, 1, 1, 1, 2, 2, 2]


def test_a_site_sees_only_what_covers_it() -> None:
    made = table_of(
        watchlist(
            entry(1, sites=("south",)), entry(2, person=1), entry(3, sites=("south",)), entry(4)
        )
    )
    here = made.covering("north")
    ids = [here.enrolled.entry_ids[n] for n in range(len(here.enrolled))]
    assert ids == ["entry-0002", "entry-0004"]
    people = [here.enrolled.person_ids[n] for n in range(len(here.enrolled.person_ids))]
    assert people == ["person-0001", "person-0004"]
    assert (here.templates == made.templates[[3, 4, 5, 9, 10, 11]]).all()
    assert made.covering("south") is made


def test_columns_that_do_not_fit_together_are_refused() -> None:
    made = table(np.full((4, 8), 127, np.int8))
    for wrong in (
        {"first_row": np.array([0, 1, 2, 3], np.uint32)},
        {"first_row": np.array([0, 2, 1, 3, 4], np.uint32)},
        {"first_row": np.array([0, 1, 1, 3, 4], np.uint32)},
        {"first_row": np.array([1, 1, 2, 3, 4], np.uint32)},
        {"templates": made.templates[:3]},
        {"scope_of_entry": np.array([0, 0, 0, 1], np.uint32)},
        {"scope_of_entry": np.array([0, 0, 0], np.uint32)},
    ):
        with pytest.raises(ValueError, match="do not fit"):
            replace(made, **wrong)
    for wrong in (
        {"first_entry": np.array([0, 1, 2, 3], np.uint32)},
        {"list_of_entry": np.array([0, 0, 0, 1], np.uint8)},
        {"ends_us": np.zeros(3, np.int64)},
        {"labels": Names.of(["a"])},
    ):
        with pytest.raises(ValueError, match="do not fit"):
            replace(made.enrolled, **wrong)
