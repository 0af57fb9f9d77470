"""A receiver that keeps hits in memory and acknowledges them, as a hub does from its database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.report.messages import ack_event, parse_event
from edge.report.topics import ack_topic, hit_topic

NAME = "receiver"


class Receiver:
    """Receives hits with a session that the broker keeps; answers while told to.

    Args:
        port: the broker's.
    """

    def __init__(self, port: int) -> None:
        self.hits: dict[str, int] = {}
        self.copies = 0
        self.answers = True
        self._ready = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=NAME, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = self._on_message
        self._client.on_connect = lambda client, *about: client.subscribe(hit_topic(), qos=1)
        self._client.on_subscribe = lambda *about: self._ready.set()
        self._port = port

    def __enter__(self) -> Receiver:
        wishes = Properties(PacketTypes.CONNECT)
        wishes.SessionExpiryInterval = 3600
        self._client.reconnect_delay_set(0.1, 0.5)
        self._client.connect("127.0.0.1", self._port, clean_start=False, properties=wishes)
        self._client.loop_start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *about: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: Client, data: object, message: MQTTMessage) -> None:
        hit = parse_event(message.payload)
        self.copies += 1
        self.hits[hit.hit_id] = hit.sequence
        if not self.answers:
            return
        assert hit.series is not None
        answer = ack_event(
            hit.site,
            hit.box,
            receiver=NAME,
            series=hit.series,
            ranges=[(hit.sequence, hit.sequence)],
            at=datetime.now(UTC),
        )
        client.publish(ack_topic(hit.site, hit.box), answer, qos=1)
