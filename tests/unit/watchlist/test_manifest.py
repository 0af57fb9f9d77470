"""Manifests: one spelling, bounds, and segments only as they are listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import WatchlistError
from edge.watchlist.manifest import (
    ListRow,
    Manifest,
    RevokedRow,
    SegmentRow,
    read_manifest,
    segment_target,
    write_manifest,
)
from edge.watchlist.segment import encode, segment_id
from edge.watchlist.table import table_of_entries
from tests.fakes.watchlists import LISTS, NOW, PACK, entry, rows

FUZZED = max(1000, settings().max_examples)
SEGMENTS = sorted(
    (encode(table_of_entries(PACK, some)) for some in ([entry(1), entry(2)], [entry(3)])),
    key=segment_id,
)
ROWS = tuple(
    SegmentRow(id=segment_id(data), entries=entries, bytes=len(data))
    for data, entries in zip(
        SEGMENTS, [1 if b"entry-0003" in d else 2 for d in SEGMENTS], strict=True
    )
)
MANIFEST = Manifest(
    version=7,
    issued_at=NOW,
    expires_at=NOW + timedelta(days=30),
    pack=PACK,
    dimensions=32,
    lists=tuple(
        ListRow(list_id=x.list_id, purpose=x.purpose, show_label=x.show_label) for x in LISTS
    ),
    segments=ROWS,
    revoked=(RevokedRow(entry_id="entry-0001", list_id="guests", segment=ROWS[0].id),),
)
DATA = write_manifest(MANIFEST)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(DATA)
    change(document)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def refused(data: bytes) -> str:
    with pytest.raises(WatchlistError) as caught:
        read_manifest(data)
    return caught.value.problem


def test_what_is_written_is_read_to_the_same_manifest() -> None:
    assert read_manifest(DATA) == MANIFEST


def test_the_listing_names_what_a_gallery_is_to_hold() -> None:
    listing = MANIFEST.listing
    assert (listing.version, listing.pack) == (7, PACK)
    assert listing.lists == LISTS
    assert listing.expires_at == NOW + timedelta(days=30)
    assert listing.segments == tuple(row.id for row in ROWS)


def test_revoked_entries_do_not_count_and_are_told_by_their_segment() -> None:
    assert MANIFEST.entries == 2
    assert MANIFEST.revoked_of(ROWS[0].id) == {"entry-0001"}
    assert MANIFEST.revoked_of(ROWS[1].id) == frozenset()


def test_a_segment_has_one_place_among_the_targets() -> None:
    assert segment_target("ab12") == "segments/ab12.segment"


def test_a_listed_segment_is_opened() -> None:
    for row, data in zip(ROWS, SEGMENTS, strict=True):
        assert len(MANIFEST.open(row, data).enrolled) == row.entries


def test_bytes_that_are_not_the_listed_ones_are_refused() -> None:
    for data in (SEGMENTS[1], SEGMENTS[0][:-1], SEGMENTS[0] + b"\0", SEGMENTS[0][:-1] + b"\1"):
        with pytest.raises(WatchlistError, match="altered or cut short"):
            MANIFEST.open(ROWS[0], data)


def test_a_segment_of_another_pack_is_refused_and_both_packs_are_named() -> None:
    data = encode(table_of_entries("other@2.0", [entry(1)]))
    row = SegmentRow(id=segment_id(data), entries=1, bytes=len(data))
    with pytest.raises(WatchlistError, match=r"pack other@2\.0.*pack test@1\.0"):
        MANIFEST.open(row, data)


def test_a_listed_segment_that_is_not_as_described_is_refused() -> None:
    for some, entries, said in (
        ([entry(1)], 2, "not as it is described"),
        ([entry(1, templates=rows(1, dimensions=16))], 1, "not as it is described"),
        ([entry(1, list_id="others")], 1, "names a list"),
    ):
        data = encode(table_of_entries(PACK, some))
        row = SegmentRow(id=segment_id(data), entries=entries, bytes=len(data))
        with pytest.raises(WatchlistError, match=said):
            MANIFEST.open(row, data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(format=2), "format"),
        (lambda d: d.update(version=0), "version"),
        (lambda d: d.update(version=True), "version"),
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d.pop("pack"), "pack"),
        (lambda d: d.update(pack="nameless"), "pack"),
        (lambda d: d.update(dimensions=0), "dimensions"),
        (lambda d: d.update(expires_at="2026-01-01T00:00:00Z"), "before it was issued"),
        (lambda d: d.update(issued_at="2026-02-28T12:00:00+01:00"), "UTC"),
        (lambda d: d.update(issued_at="2026-03-01T12:00:00+00:00"), "canonical"),
        (lambda d: d["lists"].reverse(), "order"),
        (lambda d: d.update(lists=d["lists"][:1] * 2), "order"),
        (lambda d: d["segments"].reverse(), "order"),
        (lambda d: d.update(segments=d["segments"][:1] * 2), "order"),
        (lambda d: d["segments"][0].update(id="A" * 64), "segments"),
        (lambda d: d["segments"][0].update(entries=16_385), "segments"),
        (lambda d: d["segments"][0].update(bytes=2**40), "segments"),
        (lambda d: d.update(revoked=d["revoked"] * 2), "order"),
        (lambda d: d["revoked"][0].update(segment="0" * 64), "not listed"),
        (lambda d: d["revoked"][0].update(entry_id="../x"), "revoked"),
    ],
)
def test_a_manifest_out_of_bounds_is_refused(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    assert said in refused(changed(change))


def test_a_manifest_in_another_spelling_is_refused() -> None:
    assert "canonical" in refused(json.dumps(json.loads(DATA)).encode())
    assert "canonical" in refused(DATA + b"\n")


def test_a_manifest_that_is_too_large_is_refused_before_it_is_read() -> None:
    assert "limit" in refused(b" " * (4 * 1024 * 1024 + 1))


@settings(max_examples=FUZZED, deadline=None)
@given(
    start=st.integers(0, len(DATA)),
    length=st.integers(0, 40),
    put=st.binary(max_size=12) | st.text('0123456789abcdef"{}[]:,', max_size=12).map(str.encode),
)
def test_a_mutated_manifest_is_refused_or_one_that_is_canonical_and_never_the_signed_one(
    start: int, length: int, put: bytes
) -> None:
    altered = DATA[:start] + put + DATA[start + length :]
    if altered == DATA:
        return
    try:
        read = read_manifest(altered)
    except WatchlistError:
        return
    assert read != MANIFEST
    assert write_manifest(read) == altered
