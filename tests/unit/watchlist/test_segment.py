"""Segments: the same entries are the same bytes, and nothing else is a segment."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import WatchlistError
from edge.values import Entry
from edge.watchlist.limits import MAX_SEGMENT_ENTRIES, MAX_TEMPLATES
from edge.watchlist.segment import MAX_HEAD_BYTES, decode, encode, segment_id, without
from edge.watchlist.table import EntryTable, table_of_entries
from tests.fakes.watchlists import NOW, PACK, entry, rows

FUZZED = max(1000, settings().max_examples)
FRONT = struct.Struct("<8sII")
UUID = "0189d0f1-7c2a-7000-8000-{:012x}"


def table(*entries: Entry) -> EntryTable:
    return table_of_entries(PACK, entries)


def named(number: int, **changes: Any) -> Entry:
    """An entry with ids such as the register gives."""
    ids = {"entry_id": UUID.format(number), "person_id": UUID.format(number + 2**32)}
    return replace(entry(number), **{**ids, **changes})


ENTRIES = (
    entry(1),
    entry(2, list_id="staff", sites=("north", "south")),
    entry(3, person=1, sites=("north",)),
    replace(entry(4), label=None),
)
DATA = encode(table(*ENTRIES))
PACKED = encode(table(*(named(n, label=None) for n in range(5))))


def parts(data: bytes = DATA) -> tuple[dict[str, Any], bytes]:
    _, _, size = FRONT.unpack_from(data)
    return json.loads(data[FRONT.size : FRONT.size + size]), data[FRONT.size + size :]


def made(head: dict[str, Any], body: bytes, version: int = 1) -> bytes:
    """Any content in the right frame."""
    told = json.dumps(head, separators=(",", ":")).encode()
    return FRONT.pack(b"WPSEGMNT", version, len(told)) + told + body


def refused(data: bytes) -> str:
    with pytest.raises(WatchlistError) as caught:
        decode(data)
    return caught.value.problem


def test_what_is_encoded_is_decoded_to_the_same_entries() -> None:
    found, meant = decode(DATA), table(*ENTRIES)
    assert found.pack == PACK
    assert np.array_equal(found.templates, meant.templates)
    assert np.array_equal(found.first_row, meant.first_row)
    assert np.array_equal(found.enrolled.ends_us, meant.enrolled.ends_us)
    assert list(found.enrolled.person_ids) == list(meant.enrolled.person_ids)
    told = [one.enrolled.ref(n, {"guests", "staff"}) for one in (found, meant) for n in range(4)]
    assert told[:4] == told[4:]
    assert [one.label for one in told[:4]] == ["Person 1", "Person 1", "Person 2", None]
    assert [found.scopes[n] for n in found.scope_of_entry] == [
        ("*",),
        ("north",),
        ("north", "south"),
        ("*",),
    ]


def test_ids_of_the_register_take_sixteen_bytes_each() -> None:
    five, six = (encode(table(*(named(n, label=None) for n in range(k)))) for k in (5, 6))
    of_entry = 16 + 16 + 1 + 1 + 2 + 8 + 1 + 3 * 32
    assert len(six) - len(five) == of_entry
    assert list(decode(six).enrolled.entry_ids) == [UUID.format(n) for n in range(6)]


def test_the_bytes_depend_on_the_entries_alone_and_not_on_their_order_or_numbering() -> None:
    turned = table(*reversed(ENTRIES))
    assert encode(turned) == DATA
    padded = replace(
        turned,
        scopes=(("unused",), *turned.scopes),
        scope_of_entry=turned.scope_of_entry + np.uint32(1),
        enrolled=replace(
            turned.enrolled,
            lists=("another", *turned.enrolled.lists),
            list_of_entry=turned.enrolled.list_of_entry + np.uint8(1),
        ),
    )
    assert encode(padded) == DATA


def test_sites_in_another_order_or_twice_are_the_same_scope() -> None:
    one = encode(table(entry(1, sites=("south", "north"))))
    assert one == encode(table(entry(1, sites=("north", "south", "north"))))


def test_a_consent_that_ends_within_a_second_ends_at_its_beginning() -> None:
    late = decode(encode(table(entry(1, expires=NOW.replace(microsecond=999_999)))))
    assert late.enrolled.ends_us.tolist() == [int(NOW.timestamp()) * 1_000_000]


def test_a_segment_without_entries_is_a_segment() -> None:
    empty = without(decode(DATA), [one.entry_id for one in ENTRIES])
    assert len(decode(encode(empty)).enrolled) == 0


def test_a_segment_without_an_entry_is_what_it_would_be_had_the_entry_never_been() -> None:
    for gone in ENTRIES:
        rest = [one for one in ENTRIES if one is not gone]
        assert encode(without(decode(DATA), {gone.entry_id})) == encode(table(*rest))
    assert encode(without(decode(DATA), {"nobody"})) == DATA


SITES = st.lists(st.sampled_from(("*", "east", "north", "south")), min_size=1, max_size=3)
ANY_ENTRY = st.builds(
    lambda number, person, uuid, name, sites, count: replace(
        (named if uuid else entry)(number),
        person_id=UUID.format(person) if uuid else f"person-{person}",
        list_id=("guests", "staff")[number % 2],
        label=name,
        sites=tuple(sites),
        templates=rows(count, dimensions=8, seed=number),
    ),
    st.integers(0, 10_000),
    st.integers(0, 20),
    st.booleans(),
    st.none() | st.text(max_size=6).filter(lambda text: text.isprintable()) | st.just(UUID),
    SITES,
    st.integers(1, 3),
)


@settings(deadline=None)
@given(
    entries=st.lists(ANY_ENTRY, min_size=1, max_size=12, unique_by=lambda e: e.entry_id),
    data=st.data(),
)
def test_leaving_entries_out_of_bytes_and_of_the_table_give_the_same_bytes(
    entries: list[Entry], data: st.DataObject
) -> None:
    ids = [one.entry_id for one in entries]
    gone = set(data.draw(st.lists(st.sampled_from(ids), unique=True)))
    whole = table(*entries)
    encoded = encode(without(whole, gone))
    assert encode(decode(encoded)) == encoded
    assert encode(without(decode(encode(whole)), gone)) == encoded
    rest = [one for one in entries if one.entry_id not in gone]
    if rest:
        assert encode(table(*rest)) == encoded


def test_labels_in_any_script_survive_and_a_name_of_two_hundred_letters_fits() -> None:
    for label in ("Žofie 李\u2028", "李" * 200, UUID.format(7)):
        read = decode(encode(table(replace(entry(1), label=label), entry(2))))
        assert read.enrolled.ref(0, {"guests"}).label == label


def test_values_outside_the_bounds_are_not_encoded() -> None:
    many = [named(n, label=None, templates=rows(1, dimensions=2)) for n in range(16_385)]
    for bad, said in (
        ([entry(1), entry(1)], "same id"),
        ([entry(1, sites=("UPPER",))], "scopes"),
        ([entry(1, templates=rows(MAX_TEMPLATES + 1))], "rows"),
        ([replace(entry(1), label="x" * 201)], "label"),
        ([replace(entry(1), entry_id="../x")], "malformed"),
        ([entry(1, list_id="No List")], "lists"),
        ([entry(1, expires=NOW.replace(year=1960))], "calendar"),
        (many, f"{MAX_SEGMENT_ENTRIES}"),
    ):
        with pytest.raises(WatchlistError, match=said):
            encode(table(*bad))
    assert len(decode(encode(table(*many[:MAX_SEGMENT_ENTRIES]))).enrolled) == 16_384


def test_entries_of_a_person_that_are_not_in_order_are_not_encoded() -> None:
    turned = table(entry(1), entry(2, person=1))
    ids = turned.enrolled.entry_ids.take(np.array([1, 0]))
    with pytest.raises(WatchlistError, match="order"):
        encode(replace(turned, enrolled=replace(turned.enrolled, entry_ids=ids)))


@pytest.mark.parametrize("data", [b"", b"\x00", b"PK\x03\x04" * 9, b"WPSEGMNT", DATA[:15]])
def test_another_kind_of_file_is_refused(data: bytes) -> None:
    assert "does not begin as a segment" in refused(data)


def test_another_format_version_is_refused_with_both_versions() -> None:
    assert "version 2; this release reads 1" in refused(made({}, b"", version=2))


def test_an_announced_head_that_is_too_long_is_refused_before_it_is_read() -> None:
    assert "head of" in refused(FRONT.pack(b"WPSEGMNT", 1, 2**32 - 1) + bytes(100))
    assert "head of" in refused(FRONT.pack(b"WPSEGMNT", 1, MAX_HEAD_BYTES + 1) + bytes(5_000_000))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda h: h.update(entries=16_385), "entries"),
        (lambda h: h.update(entries=5), "columns"),
        (lambda h: h.update(entries=True), "entries"),
        (lambda h: h.update(rows=2**40), "rows"),
        (lambda h: h.update(rows=11), "columns"),
        (lambda h: h.update(people=4), "columns"),
        (lambda h: h.update(dimensions=1025), "dimensions"),
        (lambda h: h.update(dimensions=31), "columns"),
        (lambda h: h.update(pack="nameless"), "pack"),
        (lambda h: h.update(extra=1), "extra"),
        (lambda h: h.pop("rows"), "rows"),
        (lambda h: h.update(lists=["staff", "guests"]), "canonical"),
        (lambda h: h.update(lists=["guests", "staff", "unused"]), "canonical"),
        (lambda h: h.update(lists=["guests"]), "columns"),
        (lambda h: h.update(scopes=[["*"]]), "columns"),
        (lambda h: h["scopes"][2].reverse(), "canonical"),
        (lambda h: h["scopes"][0].append("not a site"), "scopes"),
    ],
)
def test_a_head_out_of_bounds_is_refused(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    head, body = parts()
    change(head)
    assert said in refused(made(head, body))


def test_a_head_that_is_not_canonical_is_refused() -> None:
    head, body = parts()
    told = json.dumps(head).encode()
    assert "canonical" in refused(FRONT.pack(b"WPSEGMNT", 1, len(told)) + told + body)


@pytest.mark.parametrize("value", [0, 126, -128])
def test_a_row_that_is_not_scaled_to_127_is_refused(value: int) -> None:
    head, body = parts()
    size = head["rows"] * head["dimensions"]
    bad = np.full(size, value, np.int8).tobytes()
    assert "not scaled" in refused(made(head, body[:-size] + bad))


def test_uuids_that_are_spelled_out_are_refused() -> None:
    head, body = parts(PACKED)
    ids = [UUID.format(n + 2**32).encode() for n in range(5)]
    column = struct.pack("<BI", 2, 5 * 38) + struct.pack("<5H", *[36] * 5) + b"".join(ids)
    packed = 5 + 5 * 16
    assert "canonical" in refused(made(head, body[:5] + column + body[5 + packed :]))


def test_a_text_that_ends_within_a_character_is_refused() -> None:
    data = encode(table(replace(entry(1), label="é"), replace(entry(2), label="éé")))
    assert data.count(struct.pack("<2H", 2, 4) + "ééé".encode()) == 1
    split = data.replace(struct.pack("<2H", 2, 4), struct.pack("<2H", 3, 3))
    assert "columns" in refused(split)


def test_a_refusal_quotes_no_name() -> None:
    with pytest.raises(WatchlistError) as caught:
        encode(table(replace(entry(1), label="Secret Name" * 50)))
    assert "Secret" not in str(caught.value)


def judged(data: bytes) -> None:
    """Altered bytes may be a segment only under another name, and one that is canonical."""
    try:
        table_ = decode(data)
    except WatchlistError:
        return
    assert encode(table_) == data
    assert data in (DATA, PACKED) or segment_id(data) not in (segment_id(DATA), segment_id(PACKED))


@settings(max_examples=FUZZED, deadline=None)
@given(
    whole=st.sampled_from((DATA, PACKED)),
    edits=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_changed_bytes_are_never_the_listed_segment_and_nothing_else_happens(
    whole: bytes, edits: list[tuple[int, int]]
) -> None:
    altered = bytearray(whole)
    for place, difference in edits:
        altered[place % len(whole)] ^= difference
    judged(bytes(altered))


@settings(max_examples=FUZZED, deadline=None)
@given(
    whole=st.sampled_from((DATA, PACKED)),
    start=st.integers(0, 2000),
    end=st.integers(0, 2000),
    put=st.binary(max_size=100),
)
def test_replaced_parts_are_never_the_listed_segment_and_nothing_else_happens(
    whole: bytes, start: int, end: int, put: bytes
) -> None:
    judged(whole[:start] + put + whole[end:])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(name=st.sampled_from(sorted(parts()[0])), value=JSON)
def test_a_head_with_any_values_never_does_more_than_be_refused(name: str, value: object) -> None:
    head, body = parts()
    head[name] = value
    judged(made(head, body))
