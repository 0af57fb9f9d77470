"""Messages: what they say, what they never say, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import BrokerError
from edge.report.messages import (
    MAX_MESSAGE_BYTES,
    hit_event,
    parse_event,
    parse_status,
    status_event,
)
from edge.report.topics import hit_topic, status_topic
from edge.report.wire import HIT_TYPE
from edge.values import Condition
from tests.unit.report.hits import NOON, make_hit


def test_a_hit_is_a_cloudevent() -> None:
    event = json.loads(hit_event(make_hit(), 7))
    assert event["specversion"] == "1.0"
    assert event["type"] == HIT_TYPE
    assert event["source"] == "/watchpost/site-1/box-1"
    assert event["subject"] == "entry-1"
    assert event["id"] == "hit-1"
    assert event["time"] == "2026-03-01T12:00:02Z"
    assert event["datacontenttype"] == "application/json"
    assert event["data"]["sequence"] == 7
    assert event["data"]["face"] == [10.0, 20.0, 60.3, 70.0]
    assert event["data"]["evidence"] == {"score": 0.9512, "threshold": 0.93, "margin": 0.0412}


def test_what_is_said_is_read_again() -> None:
    hit = parse_event(hit_event(make_hit(label="Ada"), 7))
    assert (hit.hit_id, hit.sequence, hit.site, hit.box) == ("hit-1", 7, "site-1", "box-1")
    assert (hit.list_id, hit.entry_id, hit.label) == ("staff", "entry-1", "Ada")
    assert (hit.probability, hit.score, hit.frames) == (0.9877, 0.9512, 5)
    assert hit.first_seen == NOON
    assert (hit.watchlist_version, hit.pack) == (3, "default@1")


def test_a_label_is_absent_unless_the_list_shows_it() -> None:
    assert "label" not in json.loads(hit_event(make_hit(), 1))["data"]


def test_the_raw_score_stands_only_under_evidence() -> None:
    data = json.loads(hit_event(make_hit(), 1))["data"]
    assert not {"score", "similarity", "cosine", "threshold", "margin"} & set(data)


def test_a_margin_with_nobody_to_compare_with_is_absent() -> None:
    payload = hit_event(make_hit(margin=2.0), 1)
    assert "margin" not in json.loads(payload)["data"]["evidence"]
    assert parse_event(payload).margin is None


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(BrokerError):
        hit_event(make_hit(score=float("nan")), 1)


def test_a_label_that_is_too_long_is_cut_and_the_hit_goes_out() -> None:
    label = parse_event(hit_event(make_hit(label="x" * 1000), 1)).label
    assert label == "x" * 256


def _changed(path: str, value: Any) -> bytes:
    event = json.loads(hit_event(make_hit(), 1))
    *way, last = path.split(".")
    place = event
    for name in way:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("specversion", "0.3"),
        ("type", "com.example.other"),
        ("id", ""),
        ("id", "x" * 5000),
        ("time", "2026-03-01T12:00:02"),
        ("time", 0),
        ("data", None),
        ("data.entry", None),
        ("data.probability", 1.5),
        ("data.probability", "0.9"),
        ("data.probability", float("nan")),
        ("data.sequence", 0),
        ("data.sequence", 2**80),
        ("data.frames", True),
        ("data.face", [1, 2, 3]),
        ("data.site", "../etc"),
        ("data.site", "+"),
        ("data.box", "a/b"),
        ("data.evidence", []),
    ],
)
def test_a_message_with_a_wrong_field_is_refused(path: str, value: Any) -> None:
    with pytest.raises(BrokerError) as caught:
        parse_event(_changed(path, value))
    assert path.split(".")[-1] in caught.value.problem


def test_a_refusal_does_not_repeat_what_the_message_said() -> None:
    with pytest.raises(BrokerError) as caught:
        parse_event(_changed("data.label", "Ada Lovelace" * 100))
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 60_000, b" " * (MAX_MESSAGE_BYTES + 1)],
)
def test_what_is_no_message_is_refused(payload: bytes) -> None:
    for parse in (parse_event, parse_status):
        with pytest.raises(BrokerError):
            parse(payload)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(payload: bytes) -> None:
    with pytest.raises(BrokerError):
        parse_event(payload)


def test_a_field_of_a_later_version_is_skipped() -> None:
    assert parse_event(_changed("data.mood_of_the_day", "fine")).hit_id == "hit-1"


def test_a_status_is_read_again() -> None:
    payload = status_event(
        "site-1",
        "box-1",
        online=True,
        condition=Condition.DEGRADED,
        at=NOON,
        problem="It rains.",
        remedy="Wait.",
        backlog_hits=4,
        watchlist_version=3,
    )
    status = parse_status(payload)
    assert (status.online, status.condition, status.at) == (True, Condition.DEGRADED, NOON)
    assert (status.problem, status.remedy) == ("It rains.", "Wait.")
    assert (status.backlog_hits, status.watchlist_version) == (4, 3)


def test_a_last_will_has_no_time() -> None:
    payload = status_event("s", "b", online=False, condition=Condition.STOPPED)
    assert "time" not in json.loads(payload)
    assert not parse_status(payload).online


def test_a_long_problem_is_cut() -> None:
    payload = status_event("s", "b", online=True, condition=Condition.DEGRADED, problem="x" * 9999)
    assert len(parse_status(payload).problem) == 1024


def test_topics_name_site_and_box_and_filters_leave_them_open() -> None:
    assert hit_topic("site-1", "box-1") == "watchpost/v1/site-1/box-1/hit"
    assert status_topic("site-1", "box-1") == "watchpost/v1/site-1/box-1/status"
    assert hit_topic() == "watchpost/v1/+/+/hit"


@pytest.mark.parametrize("name", ["a/b", "#", "", "Ä", "a b", "x" * 64])
def test_a_name_that_would_change_the_topic_is_refused(name: str) -> None:
    with pytest.raises(BrokerError):
        hit_topic(name, "box-1")


def test_a_received_hit_cannot_be_changed() -> None:
    hit = parse_event(hit_event(make_hit(), 1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        hit.label = "someone"  # type: ignore[misc]
