"""Receives hits from the broker, for programs and for people.

In: messages of hit topics. Out: checked hits in a bounded queue. Always: each hit once, by its
id, within the last 100,000; a message that is no hit, or that claims to come from a box other
than its topic's, is counted and dropped. At the queue's bound the subscriber stops reading
(back-pressure), so the broker keeps what is to come. Storing hits is left to others: what is
still in the queue when the program ends is gone.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections import OrderedDict
from typing import Any
from uuid import uuid4

from paho.mqtt.client import Client, MQTTMessage

from edge.errors import BrokerError
from edge.report import refusals
from edge.report.link import BrokerLink
from edge.report.messages import ReceivedHit, parse_event
from edge.report.topics import ANY, hit_topic
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import MqttSettings

log = logging.getLogger(__name__)

TURN_S = 0.1
REMEMBERED_IDS = 100_000
SESSION_S = 24 * 3600


class HitSubscriber:
    """Receives hits on its own thread.

    Args:
        settings: which broker, and how.
        clock: time.
        chance: varies the waits between tries.
        site: only hits of this site, or "+" for all.
        client_id: a lasting name lets the broker keep hits for a day while this subscriber is
            away; None makes a passing one.
        capacity: most hits that wait to be taken.

    Attributes:
        hits: hits to take.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        clock: Clock,
        chance: random.Random,
        site: str = ANY,
        client_id: str | None = None,
        capacity: int = 1000,
    ) -> None:
        self.hits: queue.Queue[ReceivedHit] = queue.Queue(maxsize=capacity)
        self._settings = settings
        self._filter = hit_topic(site)
        self._link = BrokerLink(
            settings,
            client_id or f"watchpost-hits-{uuid4().hex[:12]}",
            dress=self._dress,
            session_s=SESSION_S if client_id else 0,
            clock=clock,
            chance=chance,
        )
        self._connections_seen = 0
        self._known: OrderedDict[str, None] = OrderedDict()
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._refusal: BrokerError | None = None
        self._dropped_total = 0
        self._thread = threading.Thread(target=self._run, name="hits", daemon=True)

    @property
    def problem(self) -> BrokerError | None:
        """Why no hits can come now, or None."""
        return self._link.problem or self._refusal

    @property
    def dropped_total(self) -> int:
        """Messages that were no hits."""
        return self._dropped_total

    def start(self) -> None:
        """Begin to receive; call once."""
        self._thread.start()

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until the broker has confirmed the subscription; False when it has not."""
        return self._ready.wait(timeout_s)

    def stop(self) -> None:
        """End; safe to call twice."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._link.turn(TURN_S)
                client = self._link.client
                if client is None:
                    self._ready.clear()
                elif self._link.connections != self._connections_seen:
                    self._connections_seen = self._link.connections
                    client.subscribe(self._filter, qos=1)
        finally:
            self._link.close()

    def _dress(self, client: Client) -> None:
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message

    def _on_subscribe(
        self, client: Client, data: Any, mid: int, reasons: list[Any], properties: Any
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = refusals.subscribe_refused(self._filter, self._settings)
            log.warning("%s", self._refusal)
            return
        self._refusal = None
        self._ready.set()

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        try:
            hit = parse_event(bytes(message.payload))
        except BrokerError as error:
            self._drop(str(error))
            return
        if message.topic != hit_topic(hit.site, hit.box):
            self._drop("a hit names another box than its topic")
            return
        if hit.hit_id not in self._known:
            self._hand_over(hit)

    def _hand_over(self, hit: ReceivedHit) -> None:
        while not self._stop.is_set():
            try:
                self.hits.put(hit, timeout=TURN_S)
            except queue.Full:
                continue
            self._known[hit.hit_id] = None
            if len(self._known) > REMEMBERED_IDS:
                self._known.popitem(last=False)
            return

    def _drop(self, why: str) -> None:
        self._dropped_total += 1
        log.warning("a message was dropped: %s", why)
