"""docs/schemas/ is what the code says, and says what the code does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge.errors import BrokerError
from edge.report import messages, schemas
from edge.values import Condition, Erasure, Opinion, Review
from tests.unit.report.hits import NOON, make_hit

FOLDER = Path(__file__).parents[3] / "docs/schemas"
SERIES = "5a2f1c9e"
CHECKS = {"frames": messages.Check(messages.Level.WARNING, "It rains. Wait.")}

EVENTS = {
    "hit.v1.json": messages.hit_event(make_hit(label="Ada"), 7, SERIES),
    "status.v1.json": messages.status_event(
        "s", "b", online=True, condition=Condition.RUNNING, at=NOON, backlog_hits=3
    ),
    "health.v1.json": messages.health_event(
        "s", "b", checks=CHECKS, figures={"frames_per_s": 9.5}, at=NOON
    ),
    "uncertain.v1.json": messages.uncertain_event("s", "b", {"staff": 2}, since=NOON, at=NOON),
    "erasure.v1.json": messages.erasure_event(
        "s", "b", Erasure("entry-1", "staff", 4, NOON), 8, SERIES, event_id="e"
    ),
    "review.v1.json": messages.review_event(
        "s", "b", Review("hit-1", Opinion.CONFIRMED, NOON), 9, SERIES, event_id="r"
    ),
    "ack.v1.json": messages.ack_event(
        "s", "b", receiver="hub-1", series=SERIES, ranges=[(1, 7), (9, 9)], at=NOON
    ),
    "watchlist.v1.json": messages.announcement_event(4, at=NOON),
}


def test_the_committed_schemas_are_those_of_the_code() -> None:
    """If not: ``python -m edge.report.schemas docs/schemas``."""
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == schemas.schemas()


def test_every_kind_of_message_has_a_schema_and_an_example_here() -> None:
    assert set(EVENTS) == set(schemas.schemas())


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_sent_is_what_the_schema_allows(name: str) -> None:
    schema = json.loads(schemas.schemas()[name])
    jsonschema.Draft7Validator.check_schema(schema)
    checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    event = json.loads(EVENTS[name])
    checker.validate(event)
    for key in schema["required"]:
        with pytest.raises(jsonschema.ValidationError):
            checker.validate({k: v for k, v in event.items() if k != key})


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in _keys(one)}
    if isinstance(value, list):
        return {key for one in value for key in _keys(one)}
    return set()


@pytest.mark.parametrize("name", EVENTS)
def test_no_message_has_a_place_for_a_template_or_a_picture(name: str) -> None:
    words = {"template", "templates", "embedding", "picture", "image", "photo", "chip", "crop"}
    schema = json.loads(schemas.schemas()[name])
    assert not _keys(schema) & words


def test_a_hit_holds_all_that_was_promised() -> None:
    data = json.loads(EVENTS["hit.v1.json"])["data"]
    assert set(data) == {
        "site", "box", "camera", "list", "entry", "label", "probability", "evidence", "frames",
        "first_seen", "last_seen", "frame_index", "face", "watchlist_version", "pack",
        "sequence", "series",
    }  # fmt: skip
    assert set(data["evidence"]) == {"score", "threshold", "margin"}


def test_what_is_said_is_read_again() -> None:
    assert messages.parse_event(EVENTS["hit.v1.json"]).series == SERIES
    erasure = messages.parse_erasure(EVENTS["erasure.v1.json"])
    assert erasure.erasure == Erasure("entry-1", "staff", 4, NOON)
    assert (erasure.sequence, erasure.series, erasure.event_id) == (8, SERIES, "e")
    review = messages.parse_review(EVENTS["review.v1.json"])
    assert review.review == Review("hit-1", Opinion.CONFIRMED, NOON)
    ack = messages.parse_ack(EVENTS["ack.v1.json"])
    assert (ack.box, ack.receiver, ack.series) == ("b", "hub-1", SERIES)
    assert ack.ranges == ((1, 7), (9, 9))
    assert messages.parse_announcement(EVENTS["watchlist.v1.json"]) == 4
    health = messages.parse_health(EVENTS["health.v1.json"])
    assert (health.level, health.checks) == (messages.Level.WARNING, CHECKS)
    assert health.figures == {"frames_per_s": 9.5}
    uncertain = messages.parse_uncertain(EVENTS["uncertain.v1.json"])
    assert (uncertain.passages, uncertain.since) == ({"staff": 2}, NOON)


def test_a_count_of_uncertain_passages_names_no_entry_and_no_probability() -> None:
    data = json.loads(EVENTS["uncertain.v1.json"])["data"]
    assert set(data) == {"site", "box", "passages", "since"}
    assert data["passages"] == {"staff": 2}


def test_a_box_is_as_well_as_its_worst_check() -> None:
    levels = messages.Level.OK, messages.Level.FAILURE, messages.Level.WARNING
    checks = {str(number): messages.Check(level) for number, level in enumerate(levels)}
    assert messages.worst(checks) is messages.Level.FAILURE
    assert messages.worst({}) is messages.Level.OK


@pytest.mark.parametrize(
    "ranges", [[], [(0, 1)], [(5, 4)], [(1, 2**60)], [(n, n) for n in range(1, 1002)]]
)
def test_an_acknowledgement_of_impossible_ranges_is_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(BrokerError):
        messages.ack_event("s", "b", receiver="r", series="x", ranges=ranges, at=NOON)
    event = json.loads(EVENTS["ack.v1.json"])
    event["data"]["sequences"] = ranges
    with pytest.raises(BrokerError):
        messages.parse_ack(json.dumps(event).encode())


def test_one_kind_of_message_is_not_read_as_another() -> None:
    parsers = {
        "hit": messages.parse_event,
        "status": messages.parse_status,
        "health": messages.parse_health,
        "uncertain": messages.parse_uncertain,
        "erasure": messages.parse_erasure,
        "review": messages.parse_review,
        "ack": messages.parse_ack,
        "watchlist": messages.parse_announcement,
    }
    for kind, parse in parsers.items():
        for name, event in EVENTS.items():
            if name.split(".")[0] != kind:
                with pytest.raises(BrokerError):
                    parse(event)
