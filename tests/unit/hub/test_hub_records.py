"""Messages become rows, or a reason that repeats nothing of what they held."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.hub.records import MAX_TOPIC, Delivery, Record, Refusal, read
from tests.fakes.box_events import (
    BOX,
    NOW,
    SERIES,
    SITE,
    erasure_delivery,
    event_id,
    health_delivery,
    hit_delivery,
    review_delivery,
    status_delivery,
)


def changed(delivery: Delivery, **values: object) -> Delivery:
    """The same message with other fields in its data."""
    event = json.loads(delivery.payload)
    event["data"] |= values
    return dataclasses.replace(delivery, payload=json.dumps(event).encode())


def test_each_kind_of_message_becomes_a_record_with_its_number() -> None:
    deliveries = [hit_delivery(1), erasure_delivery(2), review_delivery(3, event_id("x"))]
    records = [read(one) for one in deliveries]
    assert [(one.kind, one.sequence) for one in records if isinstance(one, Record)] == [
        ("hit", 1),
        ("erasure", 2),
        ("review", 3),
    ]
    assert all(isinstance(one, Record) and one.series == SERIES for one in records)


def test_a_status_has_no_number() -> None:
    record = read(status_delivery(online=True))
    assert isinstance(record, Record)
    assert (record.kind, record.series, record.sequence) == ("status", None, 0)
    assert record.row["backlog"] == 7


def test_health_becomes_its_level_and_the_words_of_what_is_wrong() -> None:
    record = read(health_delivery(camera="The camera is away."))
    assert isinstance(record, Record)
    assert (record.kind, record.row["level"]) == ("health", "failure")
    assert record.row["words"] == "camera: The camera is away."


def test_a_hit_of_a_box_that_tells_no_series_is_kept_without_one() -> None:
    record = read(hit_delivery(1, series=None))
    assert isinstance(record, Record)
    assert record.series is None


def test_a_message_that_names_another_box_than_its_topic_is_refused() -> None:
    good = hit_delivery(1)
    forged = dataclasses.replace(good, topic=f"watchpost/v1/{SITE}/other-box/hit")
    refusal = read(forged)
    assert isinstance(refusal, Refusal)
    assert "another box" in refusal.reason


def test_a_topic_that_the_hub_does_not_read_is_refused() -> None:
    assert isinstance(read(Delivery("watchpost/v1/a/b/ack", b"{}", NOW)), Refusal)


def test_a_text_that_postgresql_cannot_store_is_refused() -> None:
    refusal = read(changed(hit_delivery(1), label="Sam\0"))
    assert isinstance(refusal, Refusal)
    assert "cannot store" in refusal.reason


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_outside_the_calendar_is_refused(moment: str) -> None:
    assert isinstance(read(changed(hit_delivery(1), first_seen=moment)), Refusal)


def test_times_are_kept_in_utc() -> None:
    record = read(changed(hit_delivery(1), first_seen="2026-03-01T14:00:00+02:00"))
    assert isinstance(record, Record)
    assert record.row["first_seen"] == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_refusal_tells_no_value_of_the_message() -> None:
    refusal = read(changed(hit_delivery(1), entry="", label="Maria Mustermann"))
    assert isinstance(refusal, Refusal)
    assert "Mustermann" not in refusal.reason
    assert refusal.size_bytes > 0


def test_a_refusals_topic_is_short_and_printable() -> None:
    refusal = read(Delivery("watchpost/v1/\x1b[2J/" + "x" * 1000 + "/hit", b"", NOW))
    assert isinstance(refusal, Refusal)
    assert len(refusal.topic) <= MAX_TOPIC
    assert refusal.topic.isprintable()


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(payload: bytes) -> None:
    assert isinstance(read(Delivery(f"watchpost/v1/{SITE}/{BOX}/hit", payload, NOW)), Refusal)


@given(
    st.sampled_from(["entry", "label", "sequence", "series", "site", "face", "pack", "frames"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
)
def test_any_value_in_a_field_gives_a_record_or_a_refusal(name: str, value: object) -> None:
    event = json.loads(hit_delivery(1).payload)
    event["data"][name] = value
    payload = json.dumps(event).encode()
    assert read(Delivery(f"watchpost/v1/{SITE}/{BOX}/hit", payload, NOW)) is not None
