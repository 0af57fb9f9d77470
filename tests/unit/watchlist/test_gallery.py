"""Search: exact, by person, and only where and while consent holds."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from edge.values import Watchlist
from edge.values.names import MAX_NAMES
from edge.watchlist.gallery import Gallery
from edge.watchlist.quantise import quantise
from tests.fakes.watchlists import NOW, PACK, StillClock, entry, rows, show, watchlist

DAY = timedelta(days=1)


def gallery(
    shown: Watchlist, clock: StillClock | None = None, site: str = "north"
) -> tuple[Gallery, StillClock]:
    clock = clock or StillClock()
    made = Gallery(site, clock)
    show(made, shown)
    return made, clock


def found(made: Gallery, number: int) -> list[str]:
    """Entries of the best person for that entry's own first template."""
    best = made.search(rows(3, seed=number)[:1])[0]
    return [ref.entry_id for ref in best[0].entries] if best and best[0].score > 0.99 else []


def test_search_returns_what_a_float64_oracle_over_the_int8_rows_returns() -> None:
    entries = [
        entry(
            n,
            person=n // 2,
            list_id="guests" if n % 2 else "staff",
            templates=rows(1 + n % 4, seed=n),
        )
        for n in range(400)
    ]
    made, _ = gallery(watchlist(*entries))
    probes = rows(20, seed=9999) * 3.0
    q = quantise(probes).astype(np.float64)
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    people: dict[str, list[np.ndarray]] = {}
    for one in entries:
        wide = quantise(one.templates).astype(np.float64)
        unit = wide / np.linalg.norm(wide, axis=1, keepdims=True)
        people.setdefault(one.person_id, []).append(unit)
    names = sorted(people)
    scores = np.stack([(q @ np.concatenate(people[n]).T).max(axis=1) for n in names], axis=1)
    for row, result in zip(scores, made.search(probes), strict=True):
        order = np.argsort(-row)[:2]
        assert [c.person_id for c in result] == [names[i] for i in order]
        assert np.allclose([c.score for c in result], row[order], atol=1e-6)


def test_the_best_two_are_two_people_however_many_templates_match() -> None:
    base = rows(3, seed=7)
    near = entry(1, templates=base)
    same = entry(2, person=1, list_id="staff", templates=base)
    made, _ = gallery(watchlist(near, same, entry(3), entry(4)))
    best, second = made.search(base[:1])[0]
    assert best.person_id == "person-0001"
    assert second.person_id in ("person-0003", "person-0004")
    assert {ref.entry_id for ref in best.entries} == {"entry-0001", "entry-0002"}


def test_one_person_alone_is_one_candidate() -> None:
    made, _ = gallery(watchlist(entry(1)))
    assert len(made.search(rows(1))[0]) == 1


def test_a_label_is_told_only_for_a_list_that_shows_labels() -> None:
    made, _ = gallery(watchlist(entry(1), entry(2, list_id="staff")))
    assert made.search(rows(3, seed=1)[:1])[0][0].entries[0].label == "Person 1"
    assert made.search(rows(3, seed=2)[:1])[0][0].entries[0].label is None


def test_an_empty_gallery_returns_an_empty_tuple_for_each_probe() -> None:
    bare = Gallery("north", StillClock())
    assert bare.search(rows(3)) == [(), (), ()]
    assert (bare.version, bare.pack, bare.entries_live, bare.people) == (0, "", 0, 0)
    made, _ = gallery(watchlist())
    assert made.search(rows(2)) == [(), ()]
    assert made.version == 1


def test_no_probes_give_no_answers() -> None:
    made, _ = gallery(watchlist(entry(1)))
    assert made.search(np.empty((0, 32), np.float32)) == []


def test_an_expired_consent_never_matches_and_the_other_still_does() -> None:
    made, clock = gallery(watchlist(entry(1, expires=NOW + DAY), entry(2)))
    assert found(made, 1) == ["entry-0001"]
    clock.advance(DAY - timedelta(microseconds=1))
    assert found(made, 1) == ["entry-0001"]
    clock.advance(timedelta(microseconds=1))
    assert found(made, 1) == []
    assert found(made, 2) == ["entry-0002"]
    assert (made.entries_live, made.people) == (1, 1)


def test_consents_that_end_one_after_another_each_end_on_time() -> None:
    made, clock = gallery(watchlist(*(entry(n, expires=NOW + n * DAY) for n in range(1, 9))))
    for day in range(9):
        assert [bool(found(made, n)) for n in range(1, 9)] == [n > day for n in range(1, 9)]
        clock.advance(DAY)


def test_an_expired_entry_does_not_lend_its_templates_to_the_persons_live_entry() -> None:
    old, fresh = entry(1, expires=NOW - DAY), entry(2, person=1, list_id="staff")
    made, _ = gallery(watchlist(old, fresh))
    assert found(made, 1) == []
    best = made.search(rows(3, seed=2)[:1])[0][0]
    assert [ref.entry_id for ref in best.entries] == ["entry-0002"]


def test_an_expired_entry_is_not_named_beside_a_live_one_of_the_same_person() -> None:
    base = rows(3, seed=1)
    old = entry(1, expires=NOW - DAY, templates=base)
    made, _ = gallery(watchlist(old, entry(2, person=1, list_id="staff", templates=base)))
    assert found(made, 1) == ["entry-0002"]


def test_an_entry_that_ends_between_two_searches_is_not_named_from_memory() -> None:
    base = rows(3, seed=1)
    first = entry(1, expires=NOW + DAY, templates=base)
    second = entry(2, person=1, list_id="staff", templates=base)
    made, clock = gallery(watchlist(first, second))
    assert found(made, 1) == ["entry-0001", "entry-0002"]
    clock.advance(DAY)
    assert found(made, 1) == ["entry-0002"]
    clock.advance(-DAY)
    assert found(made, 1) == ["entry-0001", "entry-0002"]


def test_an_expired_list_matches_nobody() -> None:
    made, clock = gallery(watchlist(entry(1), expires=NOW + DAY))
    assert found(made, 1)
    clock.advance(DAY)
    assert made.search(rows(2)) == [(), ()]
    assert made.entries_live == 0


def test_without_a_trusted_clock_nobody_matches_until_the_time_is_known() -> None:
    clock = StillClock(trusted=False)
    made, _ = gallery(watchlist(entry(1)), clock)
    assert made.search(rows(1)) == [()]
    assert made.entries_live == 0
    clock.trusted = True
    assert found(made, 1) == ["entry-0001"]
    clock.trusted = False
    assert made.search(rows(1)) == [()]


def test_a_clock_that_is_set_back_is_followed() -> None:
    made, clock = gallery(watchlist(entry(1, expires=NOW - DAY)))
    assert found(made, 1) == []
    clock.advance(-2 * DAY)
    assert found(made, 1) == ["entry-0001"]


def test_only_entries_that_cover_the_site_match() -> None:
    shown = watchlist(
        entry(1, sites=("north",)), entry(2, sites=("south", "west")), entry(3, sites=("*",))
    )
    north, _ = gallery(shown, site="north")
    south, _ = gallery(shown, site="south")
    assert [bool(found(north, n)) for n in (1, 2, 3)] == [True, False, True]
    assert [bool(found(south, n)) for n in (1, 2, 3)] == [False, True, True]
    assert north.entries_live == 2


def test_a_new_list_replaces_the_old_one_at_once() -> None:
    made, _ = gallery(watchlist(entry(1)))
    show(made, watchlist(entry(2), version=2, pack=PACK))
    assert (found(made, 1), found(made, 2), made.version) == ([], ["entry-0002"], 2)
    show(made, watchlist(version=3))
    assert (found(made, 2), made.version) == ([], 3)


def test_equal_scores_give_the_lower_person_id_first() -> None:
    same = rows(1, seed=5)
    made, _ = gallery(watchlist(*(entry(n, templates=same) for n in (3, 1, 2))))
    best, second = made.search(same)[0]
    assert (best.person_id, second.person_id) == ("person-0001", "person-0002")


def test_probes_of_the_wrong_length_are_a_programming_error() -> None:
    made, _ = gallery(watchlist(entry(1)))
    with pytest.raises(ValueError, match="32 dimensions"):
        made.search(rows(1, dimensions=16))


def test_a_search_does_not_write_into_the_probes_or_the_list() -> None:
    one = entry(1)
    kept = one.templates.copy()
    made, _ = gallery(watchlist(one, entry(2)))
    probes = rows(4)
    before = probes.copy()
    first = made.search(probes)
    assert made.search(probes) == first
    assert (probes == before).all()
    assert (one.templates == kept).all()


def test_searches_do_not_gather_memory() -> None:
    made, _ = gallery(watchlist(*(entry(n) for n in range(200))))
    probes = rows(4)
    made.search(probes)
    tracemalloc.start()
    for _ in range(50):
        made.search(probes)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 64 * 1024


def test_a_list_with_sites_of_others_only_matches_nobody() -> None:
    made, _ = gallery(watchlist(replace(entry(1), sites=("south",))))
    assert made.search(rows(1)) == [()]
    assert (made.version, made.entries_live) == (1, 0)


def test_the_names_on_a_list_are_those_who_can_match_now_here_by_name() -> None:
    shown = watchlist(
        replace(entry(1), label="bea"),
        replace(entry(2), label="Ada"),
        replace(entry(3), label="Cleo", sites=("south",)),
        entry(4, expires=NOW + DAY),
        entry(5, list_id="staff"),
        version=7,
    )
    made, clock = gallery(shown)
    told = made.names("guests")
    assert told is not None
    assert (told.version, told.total) == (7, 3)
    assert [one.label for one in told.entries] == ["Ada", "bea", "Person 4"]
    assert told.entries[2].expires_at == NOW + DAY
    clock.advance(DAY)
    later = made.names("guests")
    assert later is not None
    assert [one.entry_id for one in later.entries] == ["entry-0002", "entry-0001"]


def test_a_list_that_tells_no_names_gives_none() -> None:
    made, clock = gallery(watchlist(entry(1), entry(2, list_id="staff")))
    assert made.names("staff") is None
    assert made.names("nobody") is None
    clock.trusted = False
    told = made.names("guests")
    assert told is not None
    assert (told.total, told.entries) == (0, ())


def test_no_more_names_are_told_than_a_page_takes_and_all_are_counted() -> None:
    many = [entry(number, templates=rows(1, seed=1)) for number in range(MAX_NAMES + 5)]
    made, _ = gallery(watchlist(*many))
    told = made.names("guests")
    assert told is not None
    assert (told.total, len(told.entries)) == (MAX_NAMES + 5, MAX_NAMES)
