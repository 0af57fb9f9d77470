"""What a box hears from the broker: acknowledgements of receivers, the announced watchlist.

In: messages on the box's own acknowledgement topic and on the announcement's. Out: checked
values, bounded in number until they are taken. Always: a message that is malformed, too large,
retained, or meant for another box is refused and counted, and changes nothing; what an
acknowledgement is worth is left to the spool, which knows what it sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, MQTTMessage

from edge.errors import BrokerError
from edge.report import refusals
from edge.report.messages import ReceivedAck, parse_ack, parse_announcement
from edge.report.topics import ack_topic, announcement_topic
from edge.runtime.setting_tables import MqttSettings

log = logging.getLogger(__name__)

MAX_UNTAKEN = 256  # acknowledgements; what is dropped here is sent again, and answered again


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard since the last time.

    Attributes:
        answers: acknowledgements for this box.
        refused: messages that were none.
        announced: the newest announced watchlist version, or None.
    """

    answers: tuple[ReceivedAck, ...] = ()
    refused: int = 0
    announced: int | None = None


class Hearing:
    """Listens for one box; used from one thread.

    Args:
        settings: says whether receivers acknowledge.
        site: where the box is.
        box: which box.
    """

    def __init__(self, settings: MqttSettings, *, site: str, box: str) -> None:
        self._settings = settings
        self._who = (site, box)
        self._ack_topic = ack_topic(site, box)
        self._announcement_topic = announcement_topic()
        self._topics = [self._announcement_topic]
        if settings.ack == "receiver":
            self._topics.append(self._ack_topic)
        self._answers: list[ReceivedAck] = []
        self._refused = 0
        self._announced: int | None = None
        self.problem: BrokerError | None = None

    def dress(self, client: Client) -> None:
        """Prepare a new client."""
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message

    def begin(self, client: Client) -> None:
        """Ask the broker of a new connection for this box's topics."""
        self.problem = None
        client.subscribe([(topic, 1) for topic in self._topics])

    def take(self) -> Heard:
        """What was heard since the last call."""
        heard = Heard(tuple(self._answers), self._refused, self._announced)
        self._answers.clear()
        self._refused, self._announced = 0, None
        return heard

    def _on_subscribe(
        self, client: Client, data: Any, mid: int, reasons: list[Any], properties: Any
    ) -> None:
        for topic, reason in zip(self._topics, reasons, strict=False):
            if reason.is_failure:
                refusal = refusals.subscribe_refused(topic, self._settings)
                log.warning("%s", refusal)
                if topic == self._ack_topic:  # the list is fetched without announcements, too
                    self.problem = refusal

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        try:
            if message.topic == self._announcement_topic:
                self._announced = parse_announcement(bytes(message.payload))
            else:
                self._hear_answer(message)
        except BrokerError as error:
            self._refused += 1
            log.warning("a message to this box was refused: %s", error)

    def _hear_answer(self, message: MQTTMessage) -> None:
        answer = parse_ack(bytes(message.payload))
        addressed = message.topic == self._ack_topic and (answer.site, answer.box) == self._who
        if not addressed or message.retain or len(self._answers) >= MAX_UNTAKEN:
            raise BrokerError(
                "An acknowledgement is for another box, is retained, or is one too many.",
                "Check who may write to this box's topic; receivers answer without retain.",
            )
        self._answers.append(answer)
