"""Takes boxes' messages from the broker and gives them back acknowledged, or not at all.

In: a broker, this hub's name. Out: deliveries in the order in which they came. Always: the
broker gets its PUBACK only from ``settle``, so what is not settled comes again, here or at
another hub; when ``WINDOW`` messages wait, nothing more is read, so that the network holds the
broker back (the broker is told the window, too, but mosquitto 2.0.11 heeds it for the first
messages only). Hits, erasures and reviews come through a shared subscription: each to one of
the hubs. Status and health come to every hub, for a shared subscription brings no retained
messages. What is done with the deliveries is left to the worker.
"""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.errors import BrokerError
from edge.hub.records import Delivery
from edge.report import refusals
from edge.report.link import BrokerLink, properties_of
from edge.report.messages import CONTENT_TYPE, MAX_MESSAGE_BYTES
from edge.report.topics import (
    ack_topic,
    erasure_topic,
    health_topic,
    hit_topic,
    review_topic,
    status_topic,
)
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import MqttSettings

log = logging.getLogger(__name__)

GROUP = "hub"
WINDOW = 1000  # most messages that wait here
MAX_PACKET_BYTES = MAX_MESSAGE_BYTES + 4096  # topic and properties beside the message
_RETAINED_ONCE = 1  # MQTT 5, 3.8.3.1: retained messages only for a new subscription


class Inbox:
    """One hub's connection to the broker; used from one thread.

    Args:
        settings: which broker, and how.
        name: this hub's name; each hub has its own and keeps it.
        session_s: how long the broker keeps this hub's messages while it is away.
        clock: time.
        chance: varies the waits between tries.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        name: str,
        session_s: int,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._link = BrokerLink(
            settings,
            f"watchpost-hub-{name}",
            dress=self._dress,
            session_s=session_s,
            clock=clock,
            chance=chance,
            limits={"ReceiveMaximum": WINDOW, "MaximumPacketSize": MAX_PACKET_BYTES},
        )
        self._filters = (
            *(f"$share/{GROUP}/{one()}" for one in (hit_topic, erasure_topic, review_topic)),
            status_topic(),
            health_topic(),
        )
        self._dials = 0
        self._greeted = 0
        self._waiting: deque[Delivery] = deque()
        self._refusal: BrokerError | None = None
        self._came_total = 0
        self.unacknowledgeable_total = 0

    @property
    def problem(self) -> BrokerError | None:
        """Why nothing comes now, or None."""
        return self._link.problem or self._refusal

    @property
    def connected(self) -> bool:
        """Whether messages can come."""
        return self._link.client is not None

    @property
    def waiting(self) -> int:
        """Messages that wait to be taken."""
        return len(self._waiting)

    def turn(self, wait_s: float) -> None:
        """Work on the connection, waiting at most about ``wait_s`` for the first message.

        While the window is full the connection rests, and the broker may end it for silence.
        """
        if len(self._waiting) >= WINDOW:
            time.sleep(wait_s)
            return
        came_before = -1
        while came_before != self._came_total:
            came_before = self._came_total
            self._link.turn(wait_s)
            self._greet()
            wait_s = 0.0
            if len(self._waiting) >= WINDOW:
                return

    def take(self, limit: int) -> list[Delivery]:
        """The oldest waiting messages, at most ``limit``."""
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Tell the broker that it need not keep messages; one of a lost connection comes again."""
        client = self._link.client
        if client is None:
            return
        connection = client.user_data_get()
        for one in deliveries:
            if one.connection == connection:
                client.ack(one.message_id, 1)

    def answer(self, site: str, box: str, event: bytes) -> None:
        """Send a box an acknowledgement; while not connected nothing: the box asks again."""
        client = self._link.client
        if client is None:
            return
        described = None
        if self._link.is_v5:
            described = properties_of(PacketTypes.PUBLISH)
            described.ContentType = CONTENT_TYPE
            described.PayloadFormatIndicator = 1
        client.publish(ack_topic(site, box), event, qos=1, properties=described)

    def close(self) -> None:
        """Say goodbye; the broker keeps the session."""
        self._link.close()

    def _greet(self) -> None:
        """Subscribe at each new connection: the broker may have forgotten the session."""
        client = self._link.client
        if client is None or self._greeted == self._link.connections:
            return
        self._refusal = None
        self._greeted = self._link.connections
        for topic in self._filters:
            if self._link.is_v5:
                options = SubscribeOptions(qos=1, retainHandling=_RETAINED_ONCE)
                client.subscribe(topic, options=options)
            else:
                client.subscribe(topic, qos=1)

    def _dress(self, client: Client) -> None:
        self._dials += 1
        client.user_data_set(self._dials)
        client.manual_ack_set(True)
        client.max_inflight_messages = WINDOW
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self._came_total += 1
        if message.qos != 1:
            # Such a message is outside the window, and nobody waits for its acknowledgement.
            self.unacknowledgeable_total += 1
            return
        self._waiting.append(
            Delivery(message.topic, bytes(message.payload), self._clock.utc(), message.mid, data)
        )

    def _on_subscribe(
        self, client: Client, data: Any, mid: int, reasons: list[Any], properties: Any
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = refusals.subscribe_refused("the boxes' topics", self._settings)
            log.warning("%s", self._refusal)

    def _on_publish(
        self, client: Client, data: Any, mid: int, reason: Any, properties: Any
    ) -> None:
        # "No matching subscribers" is a success: that box is away and will ask again.
        if reason.is_failure:
            self._refusal = refusals.publish_refused(str(reason), ack_topic(), self._settings)
            log.warning("%s", self._refusal)
