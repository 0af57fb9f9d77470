"""Home Assistant is told what its documentation asks for, and reads our own messages with it.

The schema is written after the documentation of MQTT discovery (device discovery payload) and
of the MQTT sensor, binary sensor and event. Jinja2 is what Home Assistant renders with.
"""

from __future__ import annotations

import json
import re
from typing import Any

import jinja2
import jsonschema
import pytest

from edge.errors import ConfigError
from edge.report import messages
from edge.report.home_assistant import discovery_message, discovery_topic
from edge.report.topics import health_topic, hit_topic, status_topic
from edge.values import Condition
from tests.unit.report.hits import NOON, make_hit

SITE, BOX = "site-1", "box-1"
TOPIC = {"type": "string", "pattern": "^[^+#]+$", "minLength": 1, "maxLength": 65535}
TEMPLATE = {"type": "string", "pattern": r"\{[{%]"}
URL = {"type": "string", "pattern": "^https?://"}
COMMON = {
    "unique_id": {"type": "string", "minLength": 1},
    "name": {"type": ["string", "null"]},
    "icon": {"type": "string", "pattern": "^mdi:[a-z0-9-]+$"},
    "entity_category": {"enum": ["diagnostic", "config"]},
    "state_topic": TOPIC,
    "value_template": TEMPLATE,
    "json_attributes_topic": TOPIC,
    "json_attributes_template": TEMPLATE,
}


def _component(platform: str, required: tuple[str, ...] = (), **own: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"platform": {"const": platform}} | COMMON | own,
        "required": ["platform", "unique_id", "state_topic", *required],
        "additionalProperties": False,
    }


COMPONENTS = {
    "sensor": _component(
        "sensor",
        device_class={"enum": ["duration", "temperature"]},
        state_class={"enum": ["measurement", "total", "total_increasing"]},
        unit_of_measurement={"type": "string"},
    ),
    "binary_sensor": _component(
        "binary_sensor", device_class={"enum": ["connectivity", "problem"]}
    ),
    "event": _component(
        "event",
        ("event_types",),
        event_types={"type": "array", "items": {"type": "string"}, "minItems": 1},
    ),
}
REMOVED = {"type": "object", "properties": {"platform": {}}, "additionalProperties": False}
DEVICE = {
    "type": "object",
    "properties": {
        "identifiers": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "name": {"type": "string"},
        "manufacturer": {"type": "string"},
        "model": {"type": "string"},
        "sw_version": {"type": "string"},
        "configuration_url": URL,
    },
    "required": ["identifiers"],
    "additionalProperties": False,
}
ORIGIN = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "sw_version": {"type": "string"},
        "support_url": URL,
    },
    "required": ["name"],
    "additionalProperties": False,
}
DISCOVERY = {
    "type": "object",
    "properties": {
        "device": DEVICE,
        "origin": ORIGIN,
        "components": {"type": "object", "additionalProperties": {"required": ["platform"]}},
        "availability_topic": TOPIC,
        "availability_template": TEMPLATE,
        "qos": {"enum": [0, 1, 2]},
    },
    "required": ["device", "origin", "components"],
    "additionalProperties": False,
}


def described(*lists: str, gone: tuple[str, ...] = ()) -> dict[str, Any]:
    made = discovery_message(SITE, BOX, lists=lists, gone=gone, version="1.2.3")
    assert len(made) < messages.MAX_MESSAGE_BYTES
    return dict(json.loads(made))


def rendered(template: str, payload: bytes) -> str:
    """As Home Assistant does: native tojson, ``value_json`` from the payload."""
    environment = jinja2.Environment(undefined=jinja2.Undefined, autoescape=False)  # noqa: S701
    environment.filters["tojson"] = json.dumps
    return environment.from_string(template).render(value_json=json.loads(payload)).strip()


def test_the_message_is_as_home_assistant_documents_it() -> None:
    message = described("staff", "guests.vip", gone=("former",))
    jsonschema.validate(message, DISCOVERY)
    seen = set()
    for key, component in message["components"].items():
        if key == "list_former":
            jsonschema.validate(component, REMOVED)
            continue
        jsonschema.validate(component, COMPONENTS[component["platform"]])
        seen.add(component["unique_id"])
    assert len(seen) == len(message["components"]) - 1, "unique ids are unique"


def test_a_device_holds_all_that_was_promised_and_an_event_for_each_list() -> None:
    components = described("staff", "guests")["components"]
    assert set(components) == {
        "last_hit", "problem", "camera", "watchlist_age", "temperature", "backlog",
        "list_staff", "list_guests",
    }  # fmt: skip
    ours = {hit_topic(SITE, BOX), health_topic(SITE, BOX)}
    assert {one["state_topic"] for one in components.values()} == ours


def test_the_topic_is_one_that_home_assistant_listens_on() -> None:
    topic = discovery_topic("homeassistant", SITE, BOX)
    matcher = r"homeassistant/(\w+)/(?:([a-zA-Z0-9_-]+)/)?([a-zA-Z0-9_-]+)/config"
    found = re.fullmatch(matcher, topic)
    assert found is not None
    assert found.groups() == ("device", SITE, BOX)


def test_a_name_that_home_assistant_would_skip_is_an_error_with_a_remedy() -> None:
    with pytest.raises(ConfigError, match=r"home_assistant\.enabled"):
        discovery_topic("homeassistant", "site.1", BOX)


def hit(**seen: Any) -> bytes:
    return messages.hit_event(make_hit(**seen), 7, "series")


def test_the_last_hit_shows_the_label_only_when_the_list_does() -> None:
    template = described()["components"]["last_hit"]["value_template"]
    assert rendered(template, hit(label="Ada")) == "Ada"
    assert rendered(template, hit()) == "entry-1"


def test_attributes_of_a_hit_are_for_people() -> None:
    component = described()["components"]["last_hit"]
    attributes = json.loads(rendered(component["json_attributes_template"], hit(label="Ada")))
    assert attributes["probability"] == 98.8
    assert (attributes["camera"], attributes["list"]) == ("camera-1", "staff")
    assert not set(attributes) & {"score", "threshold", "evidence"}


def test_an_event_fires_for_its_own_list_only() -> None:
    components = described("staff", "guests")["components"]
    event = json.loads(rendered(components["list_staff"]["value_template"], hit()))
    assert event["event_type"] in components["list_staff"]["event_types"]
    assert event["entry"] == "entry-1"
    assert rendered(components["list_guests"]["value_template"], hit()) == ""


def health(level: messages.Level = messages.Level.OK, **figures: float) -> bytes:
    names = ("recogniser", "camera", "frames", "store")
    checks = dict.fromkeys(names, messages.Check(messages.Level.OK))
    checks["camera"] = messages.Check(level, "Words.")
    return messages.health_event(SITE, BOX, checks=checks, figures=figures, at=NOON)


def test_health_says_whether_there_is_a_problem_and_whether_the_camera_is_there() -> None:
    components = described()["components"]
    problem = components["problem"]["value_template"]
    camera = components["camera"]["value_template"]
    assert (rendered(problem, health()), rendered(camera, health())) == ("OFF", "ON")
    bad = health(messages.Level.FAILURE)
    assert (rendered(problem, bad), rendered(camera, bad)) == ("ON", "OFF")
    found = json.loads(rendered(components["problem"]["json_attributes_template"], bad))
    assert found["camera"] == {"state": "failure", "words": "Words."}


@pytest.mark.parametrize(
    ("key", "figure"),
    [
        ("watchlist_age", "watchlist_age_s"),
        ("backlog", "backlog_hits"),
        ("temperature", "temperature_c"),
    ],
)
def test_a_figure_is_a_number_or_not_known(key: str, figure: str) -> None:
    template = described()["components"][key]["value_template"]
    assert float(rendered(template, health(**{figure: 42.5}))) == 42.5
    assert rendered(template, health()) == "None"


def test_a_box_that_is_gone_is_not_available() -> None:
    message = described()
    assert message["availability_topic"] == status_topic(SITE, BOX)
    for online, word in ((True, "online"), (False, "offline")):
        payload = messages.status_event(SITE, BOX, online=online, condition=Condition.RUNNING)
        assert rendered(message["availability_template"], payload) == word
