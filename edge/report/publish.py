"""Sends hits and the box's status to the broker.

In: numbered messages from the spool. Out: the numbers that the broker acknowledged. Always:
QoS 1; a message is handed to MQTT only while connected and only into a bounded window, so
that the spool is the one store; a refused message is never called acknowledged; the broker
says "offline" for a box that vanishes (last will). A PUBACK means that the broker has a hit,
not that a receiver has it. What to send, and again after a reconnect, is the worker's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.errors import BrokerError
from edge.report import refusals
from edge.report.link import BrokerLink, properties_of
from edge.report.messages import CONTENT_TYPE, hit_topic, status_event, status_topic
from edge.runtime.clock import Clock
from edge.runtime.settings import MqttSettings
from edge.values import Condition

MAX_IN_FLIGHT = 64
ACKNOWLEDGE_TIMEOUT_S = 30.0
FAREWELL_S = 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a piece of network work.

    Attributes:
        connected: whether messages may be sent now.
        fresh: a new connection: everything unacknowledged is to be sent again.
        acknowledged: numbers that the broker has taken.
        room: how many more messages may be sent.
        problem: what is wrong, or None.
    """

    connected: bool
    fresh: bool
    acknowledged: tuple[int, ...]
    room: int
    problem: BrokerError | None


class MqttPublisher:
    """Publishes for one box; used from one thread.

    Args:
        settings: which broker, and how.
        site: where the box is.
        box: which box.
        clock: time.
        chance: varies the waits between tries.
    """

    def __init__(
        self, settings: MqttSettings, *, site: str, box: str, clock: Clock, chance: random.Random
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._hit_topic = hit_topic(site, box)
        self._status_topic = status_topic(site, box)
        self._will = status_event(site, box, online=False, condition=Condition.STOPPED)
        # The spool is this client's session, so the broker need not keep another one.
        self._link = BrokerLink(
            settings,
            f"watchpost-{site}-{box}",
            dress=self._dress,
            session_s=0,
            clock=clock,
            chance=chance,
        )
        self._connections_seen = 0
        self._in_flight: dict[int, int] = {}
        self._acknowledged: list[int] = []
        self._progress_s = 0.0
        self._drop_for: BrokerError | None = None
        self._refused: dict[str, BrokerError] = {}

    def turn(self, wait_s: float) -> Turn:
        """Work on the connection, waiting at most about ``wait_s`` for the network."""
        self._link.turn(wait_s)
        self._end_when_stuck()
        connected = self._link.client is not None
        fresh = connected and self._link.connections != self._connections_seen
        if fresh:
            self._connections_seen = self._link.connections
            self._in_flight.clear()
            self._drop_for = None
            self._progress_s = self._clock.monotonic_s()
        acknowledged, self._acknowledged = tuple(self._acknowledged), []
        # One of the broker's places is for the status.
        window = max(1, min(MAX_IN_FLIGHT, self._link.receive_maximum - 1))
        room = max(0, window - len(self._in_flight)) if connected else 0
        problem = self._link.problem or next(iter(self._refused.values()), None)
        return Turn(connected, fresh, acknowledged, room, problem)

    def send(self, sequence: int, event: bytes) -> None:
        """Send a hit; its number comes back in a later turn, or the connection is lost."""
        client = self._link.client
        if client is None:
            return
        if not self._in_flight:
            self._progress_s = self._clock.monotonic_s()
        sent = client.publish(self._hit_topic, event, qos=1, properties=self._described())
        self._in_flight[sent.mid] = sequence

    def announce(self, status: bytes) -> None:
        """Put the box's status on its retained topic; nothing happens while not connected."""
        client = self._link.client
        if client is not None:
            client.publish(
                self._status_topic, status, qos=1, retain=True, properties=self._described()
            )

    def close(self) -> None:
        """Say "offline" in good order and end."""
        client = self._link.client
        if client is not None:
            self.announce(self._will)
            until_s = self._clock.monotonic_s() + FAREWELL_S
            while client.want_write() and self._clock.monotonic_s() < until_s:
                self._link.turn(0.05)
        self._link.close()

    def _dress(self, client: Client) -> None:
        client.max_inflight_messages = MAX_IN_FLIGHT + 1
        client.on_publish = self._on_publish
        client.will_set(self._status_topic, self._will, qos=1, retain=True)

    def _on_publish(
        self, client: Client, data: Any, mid: int, reason: Any, properties: Any
    ) -> None:
        sequence = self._in_flight.get(mid)
        topic = self._status_topic if sequence is None else self._hit_topic
        self._progress_s = self._clock.monotonic_s()
        if not reason.is_failure:
            self._refused.pop(topic, None)
            if sequence is not None:
                del self._in_flight[mid]
                self._acknowledged.append(sequence)
            return
        self._refused[topic] = refusals.publish_refused(str(reason), topic, self._settings)
        if sequence is not None:
            self._drop_for = self._refused[topic]

    def _end_when_stuck(self) -> None:
        """Dial again when hits were refused or stay without an answer: they go out again then."""
        if self._link.client is None or not self._in_flight:
            return
        if self._drop_for is not None:
            self._link.drop(self._drop_for)
        elif self._clock.monotonic_s() - self._progress_s > ACKNOWLEDGE_TIMEOUT_S:
            self._link.drop(refusals.lost("no acknowledgement", self._settings))

    def _described(self) -> Properties | None:
        """MQTT 5 says what a message is (CloudEvents MQTT binding 1.0, section 3.2)."""
        if not self._link.is_v5:
            return None
        properties = properties_of(PacketTypes.PUBLISH)
        properties.ContentType = CONTENT_TYPE
        properties.PayloadFormatIndicator = 1
        return properties
