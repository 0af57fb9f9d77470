"""The signed file: what goes in comes out, and nothing else is accepted."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import WatchlistError
from edge.values import Watchlist
from edge.watchlist import bundle, header
from edge.watchlist.keys import key_id
from tests.fakes.watchlists import KEY, NOW, OTHER_KEY, entry, rows, watchlist

KEYS = (OTHER_KEY.public_key(), KEY.public_key())
LIST = watchlist(entry(1), entry(2, list_id="staff", sites=("north", "south")), entry(3, person=1))
DATA = bundle.encode(LIST, KEY)
FRONT = struct.Struct("<8sIIQ16s")


def signed(head: bytes, block: bytes, version: int = 1) -> bytes:
    """A file with any content and a good signature: what a faulty publisher could make."""
    front = FRONT.pack(b"WATCHLST", version, len(head), len(block), key_id(KEY.public_key()))
    return front + head + block + KEY.sign(front + head + block)


def parts() -> tuple[dict[str, Any], bytes]:
    _, _, head, block, _ = FRONT.unpack_from(DATA)
    return json.loads(DATA[40 : 40 + head]), DATA[40 + head : 40 + head + block]


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document, block = parts()
    change(document)
    head = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return signed(head.encode(), block)


def refused(data: bytes) -> str:
    with pytest.raises(WatchlistError) as caught:
        bundle.verify(data, KEYS)
    return caught.value.problem


def test_what_is_encoded_is_verified_to_the_same_list() -> None:
    read = bundle.verify(DATA, KEYS)
    assert (read.version, read.pack, read.lists) == (LIST.version, LIST.pack, LIST.lists)
    assert (read.issued_at, read.expires_at) == (LIST.issued_at, LIST.expires_at)
    for ours, theirs in zip(LIST.entries, read.entries, strict=True):
        assert ours.entry_id == theirs.entry_id
        assert ours.person_id == theirs.person_id
        assert ours.label == theirs.label
        assert ours.sites == theirs.sites
        assert ours.consent_expires == theirs.consent_expires


def test_templates_come_back_as_float32_rows_of_length_one_within_the_quantising_error() -> None:
    for ours, theirs in zip(LIST.entries, bundle.verify(DATA, KEYS).entries, strict=True):
        assert theirs.templates.dtype == np.float32
        assert np.allclose(np.linalg.norm(theirs.templates, axis=1), 1.0, atol=1e-6)
        assert ((ours.templates * theirs.templates).sum(axis=1) > 0.999).all()


def test_a_verified_list_encodes_to_the_same_bytes_again() -> None:
    assert bundle.encode(bundle.verify(DATA, KEYS), KEY) == DATA


def test_an_empty_list_is_a_list() -> None:
    read = bundle.verify(bundle.encode(watchlist(), KEY), KEYS)
    assert read.entries == ()


def test_labels_in_any_script_survive() -> None:
    one = entry(1)
    named = type(one)(**{f: getattr(one, f) for f in one.__slots__} | {"label": "Žofie 李\u2028"})
    assert bundle.verify(bundle.encode(watchlist(named), KEY), KEYS).entries[0].label == named.label


def test_a_file_without_signature_is_refused() -> None:
    assert "carries no signature" in refused(DATA[:-64])
    assert "carries no signature" in refused(DATA[:-64] + bytes(64))


def test_a_file_of_an_unknown_key_is_refused_by_name() -> None:
    assert key_id(KEY.public_key()).hex() in _problem(DATA, (OTHER_KEY.public_key(),))
    assert "does not know" in _problem(DATA, ())


def test_a_file_that_claims_a_known_key_but_was_signed_by_another_is_refused() -> None:
    forged = DATA[:-64] + OTHER_KEY.sign(DATA[:-64])
    assert "altered" in refused(forged)


@pytest.mark.parametrize("place", [45, len(DATA) - 70, len(DATA) - 1])
def test_an_altered_file_is_refused(place: int) -> None:
    altered = bytearray(DATA)
    altered[place] ^= 1
    assert "altered" in refused(bytes(altered))


@pytest.mark.parametrize("length", [4, 39, 41, len(DATA) - 65, len(DATA) - 1])
def test_a_truncated_file_is_refused_with_both_lengths(length: int) -> None:
    assert f"ends after {length} of" in refused(DATA[:length])


def test_a_file_with_bytes_after_its_end_is_refused() -> None:
    assert "3 bytes after its end" in refused(DATA + b"abc")


@pytest.mark.parametrize("data", [b"", b"\x00", b"PK\x03\x04", b"<html>" * 100])
def test_another_kind_of_file_is_refused(data: bytes) -> None:
    assert "not a watchlist" in refused(data)


def test_another_format_version_is_refused_with_both_versions() -> None:
    assert "version 2; this release reads 1" in refused(signed(b"{}", b"", version=2))


def test_an_announced_length_over_the_limit_is_refused_before_anything_is_read() -> None:
    huge = FRONT.pack(b"WATCHLST", 1, 2**32 - 1, 2**64 - 1, bytes(16))
    assert "more than the limits" in refused(huge + bytes(100))


def test_a_header_that_is_not_canonical_is_refused_although_it_is_signed() -> None:
    document, block = parts()
    assert "canonical" in refused(signed(json.dumps(document).encode(), block))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(version=0), "version"),
        (lambda d: d.update(version=True), "version"),
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d.pop("pack"), "pack"),
        (lambda d: d.update(pack="nameless"), "pack"),
        (lambda d: d.update(dimensions=1025), "dimensions"),
        (lambda d: d.update(dimensions=31), "template block"),
        (lambda d: d.update(expires="2026-01-01T00:00:00Z"), "before it was issued"),
        (lambda d: d.update(issued="2026-02-28T12:00:00+01:00"), "UTC"),
        (lambda d: d.update(lists=d["lists"] * 2), "two lists"),
        (lambda d: d.update(lists=d["lists"][:1]), "not described"),
        (lambda d: d["entries"][0].update(entry_id="../x"), "entry_id"),
        (lambda d: d["entries"][0].update(entry_id=d["entries"][1]["entry_id"]), "two entries"),
        (lambda d: d["entries"][0].update(templates=0), "templates"),
        (lambda d: d["entries"][0].update(templates=33), "templates"),
        (lambda d: d["entries"][0].update(templates=4), "template block"),
        (lambda d: d["entries"][0].update(sites=[]), "sites"),
        (lambda d: d["entries"][0].update(sites=["not a site"]), "sites"),
        (lambda d: d["entries"][0].update(label="x" * 201), "label"),
    ],
)
def test_a_signed_header_out_of_bounds_is_refused(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    assert said in refused(changed(change))


def many(count: int) -> Watchlist:
    """A list long enough to be read in pieces, with labels that look like places to cut at."""
    labels = ('},{"entry_id":"', '],"expires":"', ',"entries":[', "},{", '\\"},{', "é")
    one = rows(1, seed=1)
    entries = (entry(n, templates=one) for n in range(count))
    return watchlist(*(replace(e, label=labels[n % 6]) for n, e in enumerate(entries)))


@pytest.mark.parametrize("count", [999, 1000, 1001, 2000, 2500])
def test_a_long_list_is_read_in_pieces_to_the_same_list(count: int) -> None:
    whole = many(count)
    read = bundle.verify(bundle.encode(whole, KEY), KEYS)
    assert [(e.entry_id, e.label) for e in read.entries] == [
        (e.entry_id, e.label) for e in whole.entries
    ]


@pytest.mark.parametrize("place", [0, 999, 1000, 2400])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: e.update(templates=0), "templates"),
        (lambda e: e.update(entry_id="entry-0500"), "two entries"),
        (lambda e: e.update(extra=1), "extra"),
        (lambda e: e.pop("sites"), "sites"),
    ],
)
def test_a_bad_entry_is_refused_in_whichever_piece_it_lies(
    place: int, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    document = json.loads(header.describe(many(2500)).encode())
    change(document["entries"][place])
    head = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert said in refused(signed(head.encode(), b""))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"},{", b"}, {"),
        (b"},{", b"},,{"),
        (b'},{"entry_id":"entry-1000"', b'} ,{"entry_id":"entry-1000"'),
        (b'"entries":[', b'"entries":[ '),
        (b'],"expires"', b' ],"expires"'),
        (b'],"expires"', b',],"expires"'),
        (b'],"expires"', b'],"entries":[],"expires"'),
        (b'],"expires"', b'],"expires":"x"],"expires"'),
    ],
)
def test_pieces_that_are_not_canonical_are_refused(old: bytes, new: bytes) -> None:
    head = header.describe(many(2500)).encode()
    last = head.rindex(old)
    refused(signed(head[:last] + new + head[last + len(old) :], b""))


def test_a_refused_header_does_not_quote_a_name() -> None:
    said = refused(changed(lambda d: d["entries"][0].update(label="Secret Name" * 50)))
    assert "Secret" not in said


@pytest.mark.parametrize("value", [0, 126, -128])
def test_a_signed_row_that_is_not_scaled_to_127_is_refused(value: int) -> None:
    document, block = parts()
    bad = np.full(len(block), value, dtype=np.int8).tobytes()
    head = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert "not scaled" in refused(signed(head.encode(), bad))


def test_a_list_outside_the_bounds_is_not_encoded() -> None:
    for bad in (
        watchlist(entry(1), entry(1)),
        watchlist(entry(1, sites=("UPPER",))),
        watchlist(entry(1), entry(2, templates=rows(1, dimensions=16))),
        watchlist(entry(1, templates=rows(header.MAX_TEMPLATES + 1))),
        watchlist(entry(1, templates=np.zeros((1, 32), np.float32))),
        watchlist(entry(1), expires=NOW - timedelta(days=2)),
        watchlist(entry(1), version=0),
    ):
        with pytest.raises(WatchlistError):
            bundle.encode(bad, KEY)


@settings(max_examples=400, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(DATA) - 1), st.integers(1, 255)), min_size=1, max_size=8
    )
)
def test_a_file_with_any_changed_bytes_is_refused_and_nothing_else_happens(
    edits: list[tuple[int, int]],
) -> None:
    altered = bytearray(DATA)
    for place, difference in edits:
        altered[place] ^= difference
    if bytes(altered) != DATA:
        refused(bytes(altered))


@settings(max_examples=300, deadline=None)
@given(start=st.integers(0, len(DATA)), end=st.integers(0, len(DATA)), put=st.binary(max_size=200))
def test_a_file_with_any_part_replaced_is_refused_and_nothing_else_happens(
    start: int, end: int, put: bytes
) -> None:
    altered = DATA[:start] + put + DATA[end:]
    if altered != DATA:
        refused(altered)


@settings(max_examples=200, deadline=None)
@given(front=st.binary(max_size=40), rest=st.binary(max_size=300))
def test_random_bytes_after_the_magic_are_refused(front: bytes, rest: bytes) -> None:
    refused(b"WATCHLST" + front + rest)
    refused(b"WATCHLST\x01\x00\x00\x00" + front + rest)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(parts()[0])), value=JSON, block=st.binary(max_size=40))
def test_a_signed_but_malformed_file_never_does_more_than_be_refused(
    name: str, value: object, block: bytes
) -> None:
    document, good_block = parts()
    document[name] = value
    try:
        head = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        data = signed(head.encode("utf-8"), block if name == "dimensions" else good_block)
    except UnicodeEncodeError:
        return
    try:
        read = bundle.verify(data, KEYS)
    except WatchlistError:
        return
    assert bundle.encode(read, KEY) == data


def _problem(data: bytes, keys: tuple[Any, ...]) -> str:
    with pytest.raises(WatchlistError) as caught:
        bundle.verify(data, keys)
    return caught.value.problem
