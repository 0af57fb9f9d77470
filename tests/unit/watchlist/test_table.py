"""Columns hold what the list held, and refuse what does not fit together."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.values import EntryRef
from edge.watchlist.names import Names, key_of
from edge.watchlist.table import table_of_entries
from tests.fakes.watchlists import PACK, entry, rows, table


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
    shown = [entry(3, person=1, list_id="staff"), entry(2), entry(1, templates=rows(2, seed=1))]
    made = table_of_entries(PACK, shown)
    assert [made.enrolled.ref(n, {"guests"}) for n in range(3)] == [
        EntryRef("entry-0001", "guests", "Person 1"),
        EntryRef("entry-0003", "staff", None),
        EntryRef("entry-0002", "guests", "Person 2"),
    ]
    assert made.enrolled.person_of_entry.tolist() == [0, 0, 1]
    assert made.entry_of_row.tolist() == [0, 0, 1, 1, 1, 2, 2, 2]


@given(st.sets(st.one_of(st.text(max_size=4), st.uuids().map(str))))
def test_texts_in_rising_order_are_found_and_no_others(texts: set[str]) -> None:
    names = Names.of(sorted(texts))
    assert names.rise()
    assert [names.find(text) for text in sorted(texts)] == list(range(len(texts)))
    assert all(names.find(text) is None for text in {"a", "b", str(UUID(int=7))} - texts)


@given(st.sets(st.uuids(), min_size=2, max_size=5), st.text(max_size=4))
def test_a_texts_key_is_the_same_whatever_its_neighbours_are(ids: set[UUID], other: str) -> None:
    texts = sorted(map(str, ids))
    alone, beside = Names.of(texts), Names.of([*texts, other])
    assert alone.keys().tolist() == beside.keys()[:-1].tolist() == [key_of(one) for one in texts]
    assert alone.fingerprints().tolist() == beside.fingerprints()[:-1].tolist()
    assert len(set(beside.fingerprints().tolist())) == len(texts) + 1


@pytest.mark.parametrize("ids", [["b", "a"], ["a", "a"], [str(UUID(int=2)), str(UUID(int=1))]])
def test_people_out_of_order_are_refused(ids: list[str]) -> None:
    made = table(np.full((2, 8), 127, np.int8))
    with pytest.raises(ValueError, match="do not fit"):
        replace(made.enrolled, person_ids=Names.of(ids))


def test_a_site_sees_only_what_covers_it() -> None:
    made = table_of_entries(
        PACK,
        [entry(1, sites=("south",)), entry(2, person=1), entry(3, sites=("south",)), entry(4)],
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
