"""What a box hears: whatever comes, only a right acknowledgement or announcement counts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge.report.hearing import Hearing
from edge.report.messages import ack_event, announcement_event
from edge.report.topics import ack_topic, announcement_topic
from edge.runtime.setting_tables import MqttSettings
from tests.unit.report.hits import NOON

TOPICS = st.sampled_from([ack_topic("site-1", "box-1"), announcement_topic()])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
ACK = json.loads(
    ack_event("site-1", "box-1", receiver="hub-1", series="series", ranges=[(1, 3)], at=NOON)
)
ANNOUNCED = json.loads(announcement_event(7, at=NOON))


class Ears:
    """A box that listens, without a broker."""

    def __init__(self) -> None:
        self.hearing = Hearing(MqttSettings(ack="receiver"), site="site-1", box="box-1")
        self._client = Client(CallbackAPIVersion.VERSION2)
        self.hearing.dress(self._client)

    def get(self, topic: str, payload: bytes) -> None:
        message = MQTTMessage(topic=topic.encode())
        message.payload = payload
        assert self._client.on_message is not None
        self._client.on_message(self._client, None, message)


@given(TOPICS, st.binary(max_size=300))
def test_no_bytes_are_an_answer_or_an_announcement(topic: str, payload: bytes) -> None:
    ears = Ears()
    ears.get(topic, payload)
    heard = ears.hearing.take()
    assert (heard.answers, heard.announced, heard.refused) == ((), None, 1)


@given(st.sampled_from([*ACK, *(f"data.{name}" for name in ACK["data"])]), ANYTHING)
def test_any_value_in_a_field_gives_a_right_answer_or_a_refusal(path: str, value: Any) -> None:
    ears = Ears()
    ears.get(ack_topic("site-1", "box-1"), _with(ACK, path, value))
    heard = ears.hearing.take()
    assert len(heard.answers) + heard.refused == 1
    for answer in heard.answers:
        assert (answer.site, answer.box) == ("site-1", "box-1")
        assert all(1 <= first <= last for first, last in answer.ranges)


@given(st.sampled_from([*ANNOUNCED, "data.version"]), ANYTHING)
def test_any_value_in_an_announcement_gives_a_version_or_a_refusal(path: str, value: Any) -> None:
    ears = Ears()
    ears.get(announcement_topic(), _with(ANNOUNCED, path, value))
    heard = ears.hearing.take()
    assert (heard.announced is None) == (heard.refused == 1)
    assert heard.announced is None or heard.announced >= 1


def _with(event: dict[str, Any], path: str, value: Any) -> bytes:
    changed = json.loads(json.dumps(event))
    *way, last = path.split(".")
    place = changed
    for name in way:
        place = place[name]
    place[last] = value
    return json.dumps(changed).encode()
