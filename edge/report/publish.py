"""Sends hits and what the box has to tell to the broker, and hears what is meant for the box.

In: numbered messages from the spool. Out: the numbers that the broker took, what receivers
acknowledged, the announced watchlist. Always: QoS 1; a message is handed to MQTT only while
connected and only into a bounded window, so that the spool is the one store; a refused message
is never called taken; the broker says "offline" for a box that vanishes (last will). A PUBACK
means that the broker has a hit, not that a receiver has it. What to send, what an answer is
worth, and again after a reconnect, is the worker's.
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
from edge.report.hearing import Heard, Hearing
from edge.report.link import BrokerLink, properties_of
from edge.report.messages import CONTENT_TYPE, status_event
from edge.report.spool_file import Kind, SpoolRow
from edge.report.topics import erasure_topic, hit_topic, review_topic, status_topic
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import MqttSettings
from edge.values import Condition

MAX_IN_FLIGHT = 64
ACKNOWLEDGE_TIMEOUT_S = 30.0
FAREWELL_S = 1.0
REFUSED_PAUSE_S = 600.0
_SMALL_WINDOW = 8
_TOPICS = {Kind.HIT: hit_topic, Kind.ERASURE: erasure_topic, Kind.REVIEW: review_topic}


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a piece of network work.

    Attributes:
        connected: whether messages may be sent now.
        fresh: a new connection: everything unacknowledged is to be sent again.
        taken: rows that the broker has taken, as (series, sequence).
        heard: what others said to this box.
        room: how many more messages may be sent.
        spare: how many of those may be backlog, so that a live hit never waits for a place.
        problem: what is wrong, or None.
    """

    connected: bool
    fresh: bool
    taken: tuple[tuple[str, int], ...]
    heard: Heard
    room: int
    spare: int
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
        self._topics = {kind: topic(site, box) for kind, topic in _TOPICS.items()}
        self._status_topic = status_topic(site, box)
        self._will = status_event(site, box, online=False, condition=Condition.STOPPED)
        self._hearing = Hearing(settings, site=site, box=box)
        # The spool is this client's session, so the broker need not keep another one.
        self._link = BrokerLink(
            settings,
            f"watchpost-{site}-{box}",
            dress=self._dress,
            session_s=0,
            clock=clock,
            chance=chance,
        )
        self._properties = _described()
        self._connections_seen = 0
        self._in_flight: dict[int, SpoolRow] = {}
        self._told: dict[int, str] = {}
        self._taken: list[tuple[str, int]] = []
        self._progress_s = 0.0
        self._trusted = self._row_refused = False
        self._refusal: BrokerError | None = None
        self._refused: dict[str, BrokerError] = {}
        self._refused_s: dict[str, float] = {}

    def turn(self, wait_s: float) -> Turn:
        """Work on the connection, waiting at most about ``wait_s`` for the network."""
        self._link.turn(wait_s)
        self._end_when_stuck()
        client = self._link.client
        fresh = client is not None and self._link.connections != self._connections_seen
        if client is not None and fresh:
            self._begin(client)
        taken, self._taken = tuple(self._taken), []
        window = self._window()
        room = max(0, window - len(self._in_flight)) if client is not None and not fresh else 0
        spare = room if window < _SMALL_WINDOW else max(0, room - window // 4)
        problem = self._link.problem or next(iter(self._refused.values()), None)
        if client is not None:  # what was refused on an earlier connection says nothing of the next
            problem = problem or self._hearing.problem
        return Turn(client is not None, fresh, taken, self._hearing.take(), room, spare, problem)

    def send(self, row: SpoolRow) -> None:
        """Send a row; it comes back in a later turn, or the connection is lost."""
        client = self._link.client
        if client is None:
            return
        if not self._in_flight:
            self._progress_s = self._clock.monotonic_s()
        topic = self._topics[row.kind]
        sent = client.publish(topic, row.event, qos=1, properties=self._description())
        self._in_flight[sent.mid] = row

    def announce(self, topic: str, message: bytes) -> None:
        """Put a message on a retained topic of this box.

        Nothing happens while not connected, nor for ten minutes after a refusal: mosquitto 2.0
        hangs up at a refused message, and a status must not keep hits from going out.
        """
        client = self._link.client
        refused_s = self._refused_s.get(topic, float("-inf"))
        if client is not None and self._clock.monotonic_s() - refused_s > REFUSED_PAUSE_S:
            sent = client.publish(
                topic, message, qos=1, retain=True, properties=self._description()
            )
            self._told[sent.mid] = topic

    def redial(self) -> None:
        """Give the connection up and dial again at once, with earlier refusals forgotten."""
        self._refusal = None
        self._refused.clear()
        self._refused_s.clear()
        self._link.redial()

    def close(self) -> None:
        """Say "offline" in good order and end."""
        client = self._link.client
        if client is not None:
            self.announce(self._status_topic, self._will)
            until_s = self._clock.monotonic_s() + FAREWELL_S
            while client.want_write() and self._clock.monotonic_s() < until_s:
                self._link.turn(0.05)
        self._link.close()

    def _dress(self, client: Client) -> None:
        client.max_inflight_messages = MAX_IN_FLIGHT + 1
        client.on_publish = self._on_publish
        self._hearing.dress(client)
        client.will_set(self._status_topic, self._will, qos=1, retain=True)

    def _begin(self, client: Client) -> None:
        self._connections_seen = self._link.connections
        self._in_flight.clear()
        self._told.clear()
        self._trusted = self._row_refused = False
        self._refusal = None
        self._progress_s = self._clock.monotonic_s()
        self._hearing.begin(client)

    def _on_publish(
        self, client: Client, data: Any, mid: int, reason: Any, properties: Any
    ) -> None:
        row, told = self._in_flight.get(mid), self._told.pop(mid, None)
        topic = self._topics[row.kind] if row is not None else told
        self._progress_s = self._clock.monotonic_s()
        if topic is None:
            return
        if not reason.is_failure:
            self._refused.pop(topic, None)
            if row is not None:
                self._trusted = True
                del self._in_flight[mid]
                self._taken.append((row.series, row.sequence))
            return
        self._refusal = refusals.publish_refused(str(reason), topic, self._settings)
        if topic not in self._refused:
            self._link.log_once(self._refusal)
        self._refused[topic] = self._refusal
        if row is None:
            self._refused_s[topic] = self._progress_s
        else:
            self._row_refused = True

    def _window(self) -> int:
        """How many rows may be without an answer.

        One, until the broker has taken a row of this connection: mosquitto 2.0 answers a message
        that it refuses and hangs up, and the answer is lost when more messages lie behind it.
        """
        # One of the broker's places is for the status.
        return max(1, min(MAX_IN_FLIGHT, self._link.receive_maximum - 1)) if self._trusted else 1

    def _end_when_stuck(self) -> None:
        """Dial again when rows were refused or stay without an answer: they go out again then."""
        if self._link.client is None:
            # When it hung up after a refusal, the refusal says more than the loss.
            self._link.problem = self._refusal or self._link.problem
            self._refusal = None
        elif self._row_refused and self._refusal is not None:
            self._link.drop(self._refusal)
        elif self._in_flight and self._silent_s() > ACKNOWLEDGE_TIMEOUT_S:
            self._link.drop(refusals.lost("no acknowledgement", self._settings))

    def _silent_s(self) -> float:
        return self._clock.monotonic_s() - self._progress_s

    def _description(self) -> Properties | None:
        """MQTT 5 says what a message is (CloudEvents MQTT binding 1.0, section 3.2)."""
        return self._properties if self._link.is_v5 else None


def _described() -> Properties:
    properties = properties_of(PacketTypes.PUBLISH)
    properties.ContentType = CONTENT_TYPE
    properties.PayloadFormatIndicator = 1
    return properties
