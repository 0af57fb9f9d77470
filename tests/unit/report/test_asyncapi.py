"""docs/asyncapi.yaml says what the code does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from edge.report import messages, schemas, topics

ROOT = Path(__file__).parents[3]
PARSERS = {
    "hit": messages.parse_event,
    "status": messages.parse_status,
    "health": messages.parse_health,
    "uncertain": messages.parse_uncertain,
    "erasure": messages.parse_erasure,
    "review": messages.parse_review,
    "ack": messages.parse_ack,
    "watchlist": messages.parse_announcement,
}
TOPICS = (
    topics.hit_topic,
    topics.status_topic,
    topics.health_topic,
    topics.uncertain_topic,
    topics.erasure_topic,
    topics.review_topic,
    topics.ack_topic,
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text()))


def test_every_message_of_the_code_is_described_by_its_schema(document: dict[str, Any]) -> None:
    described = document["components"]["messages"]
    assert {one["name"] for one in described.values()} == set(schemas.MODELS)
    for kind, one in described.items():
        assert one["payload"]["schema"] == {"$ref": f"schemas/{kind}.v1.json"}
        assert (ROOT / "docs/schemas" / f"{kind}.v1.json").is_file()


def test_topics_are_those_of_the_code(document: dict[str, Any]) -> None:
    addresses = {channel["address"] for channel in document["channels"].values()}
    of_boxes = {topic("s", "b").replace("/s/b/", "/{site}/{box}/") for topic in TOPICS}
    assert addresses == of_boxes | {topics.announcement_topic()}


def test_content_type_and_version_are_those_of_the_code(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert document["defaultContentType"] == messages.CONTENT_TYPE
    for one in document["components"]["messages"].values():
        assert one["contentType"] == messages.CONTENT_TYPE


@pytest.mark.parametrize("kind", PARSERS)
def test_the_examples_are_messages_that_the_code_reads(document: dict[str, Any], kind: str) -> None:
    examples = document["components"]["messages"][kind]["examples"]
    assert examples
    schema = json.loads((ROOT / f"docs/schemas/{kind}.v1.json").read_text())
    for example in examples:
        jsonschema.Draft7Validator(schema).validate(example["payload"])
        PARSERS[kind](json.dumps(example["payload"]).encode())
