"""docs/asyncapi.yaml says what the code does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from edge.report import messages, topics, wire

ROOT = Path(__file__).parents[3]
PROSE = {"title", "description", "default", "examples", "$defs"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text()))


def _rules(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema without its prose: references resolved, "or null" left out, order ignored."""
    if isinstance(schema, list):
        return [_rules(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _rules(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        (schema,) = [one for one in schema["anyOf"] if one.get("type") != "null"]
    rules = {word: schema[word] for word in schema if word not in PROSE}
    if isinstance(rules.get("required"), list):
        rules["required"] = sorted(rules["required"])
    if "properties" in rules:
        fields = rules.pop("properties")
        rules["fields"] = {name: _rules(fields[name], definitions) for name in fields}
    if "prefixItems" in rules:
        rules["prefixItems"] = _rules(rules["prefixItems"], definitions)
    return rules


@pytest.mark.parametrize(
    ("name", "model"), [("HitEvent", wire.HitEvent), ("StatusEvent", wire.StatusEvent)]
)
def test_each_message_has_the_fields_bounds_and_requirements_of_the_code(
    document: dict[str, Any], name: str, model: type[BaseModel]
) -> None:
    described = document["components"]["schemas"]
    ours = model.model_json_schema(by_alias=True)
    assert _rules(described[name], described) == _rules(ours, ours["$defs"])


def test_topics_are_those_of_the_code(document: dict[str, Any]) -> None:
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {
        topics.hit_topic("s", "b").replace("/s/b/", "/{site}/{box}/"),
        topics.status_topic("s", "b").replace("/s/b/", "/{site}/{box}/"),
    }


def test_content_type_and_version_are_those_of_the_code(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert document["defaultContentType"] == messages.CONTENT_TYPE


def test_the_examples_are_messages_that_the_code_reads(document: dict[str, Any]) -> None:
    parsers = {"hit": messages.parse_event, "status": messages.parse_status}
    for name, parse in parsers.items():
        examples = document["components"]["messages"][name]["examples"]
        assert examples
        for example in examples:
            parse(json.dumps(example["payload"]).encode())
