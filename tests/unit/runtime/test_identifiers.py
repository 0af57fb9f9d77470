"""Identifiers follow RFC 9562 and sort by time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from edge.runtime.identifiers import uuid7

MOMENT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_an_identifier_is_a_uuid_of_version_7_that_holds_its_milliseconds() -> None:
    made = uuid.UUID(uuid7(MOMENT, bytes(range(10))))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(MOMENT.timestamp() * 1000)


def test_later_identifiers_sort_after_earlier_ones() -> None:
    early = uuid7(MOMENT, b"\xff" * 10)
    assert early < uuid7(MOMENT + timedelta(milliseconds=1), b"\x00" * 10)


def test_all_random_bits_but_the_six_of_the_layout_are_used() -> None:
    seen = {uuid7(MOMENT, (1 << bit).to_bytes(10, "big")) for bit in range(80)}
    assert len(seen) >= 75


def test_too_little_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        uuid7(MOMENT, b"short")
