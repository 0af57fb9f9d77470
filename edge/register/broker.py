"""The register's two dealings with the broker: announcing a version, and asking how boxes are.

In: a broker's settings. Out: a retained announcement there, or the boxes' retained statuses.
Always: within a bounded time, or an error; what boxes say is taken as told. Boxes believe no
announcement: it makes them look, and what they find is signed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from paho.mqtt.client import Client, MQTTMessage

from edge.errors import BrokerError
from edge.report import refusals
from edge.report.link import BrokerLink
from edge.report.messages import ReceivedStatus, announcement_event, parse_status
from edge.report.topics import announcement_topic, status_topic
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import MqttSettings

PATIENCE_S = 15.0
QUIET_S = 2.0  # retained messages come in one run: after such a silence there are no more
MAX_BOXES = 100_000
_TURN_S = 0.05


def announce(settings: MqttSettings, version: int, clock: Clock) -> None:
    """Leave a retained announcement of a version with the broker.

    Raises:
        BrokerError: the broker cannot be reached, refuses, or does not confirm in time.
    """
    confirmed: list[bool] = []

    def dress(client: Client) -> None:
        client.on_publish = lambda _c, _d, _m, reason, _p: confirmed.append(not reason.is_failure)

    def begin(client: Client) -> None:
        payload = announcement_event(version, at=clock.utc())
        client.publish(announcement_topic(), payload, qos=1, retain=True)

    _talk(settings, clock, dress, begin, lambda: bool(confirmed))
    if not confirmed[0]:
        raise BrokerError(
            f"The broker does not let this user announce on {announcement_topic()}.",
            "Let the operator's user write there; docs/protocol.md has the broker's rules.",
        )


def boxes(settings: MqttSettings, clock: Clock) -> tuple[ReceivedStatus, ...]:
    """The retained status of every box that the broker knows, by site and box.

    Raises:
        BrokerError: the broker cannot be reached or refuses.
    """
    found: dict[tuple[str, str], ReceivedStatus] = {}
    last_s: list[float] = []
    refused: list[bool] = []

    def on_subscribe(_client: Client, _data: Any, _mid: int, reasons: list[Any], _p: Any) -> None:
        refused.append(any(reason.is_failure for reason in reasons))
        last_s.append(clock.monotonic_s())

    def on_message(_client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            status = parse_status(bytes(message.payload))
        except BrokerError:
            return  # somebody else's message is not a box
        last_s.append(clock.monotonic_s())
        if message.topic == status_topic(status.site, status.box) and len(found) < MAX_BOXES:
            found[status.site, status.box] = status

    def dress(client: Client) -> None:
        client.on_subscribe = on_subscribe
        client.on_message = on_message

    def quiet() -> bool:
        return bool(last_s) and (refused[0] or clock.monotonic_s() - last_s[-1] > QUIET_S)

    _talk(settings, clock, dress, lambda client: client.subscribe(status_topic(), qos=1), quiet)
    if refused[0]:
        raise refusals.subscribe_refused(status_topic(), settings)
    return tuple(found[key] for key in sorted(found))


def _talk(
    settings: MqttSettings,
    clock: Clock,
    dress: Callable[[Client], None],
    begin: Callable[[Client], object],
    done: Callable[[], bool],
) -> None:
    """Connect, begin, and go on until done."""
    link = BrokerLink(
        settings,
        f"watchpost-register-{uuid4().hex[:12]}",
        dress=dress,
        session_s=0,
        clock=clock,
        chance=random.Random(),
    )
    until_s, begun = clock.monotonic_s() + PATIENCE_S, 0
    try:
        while not done():
            link.turn(_TURN_S)
            if link.client is not None and link.connections != begun:
                begun = link.connections
                begin(link.client)
            if clock.monotonic_s() > until_s:
                raise link.problem or BrokerError(
                    f"The broker {settings.host}:{settings.port} did not answer in time.",
                    "Check the address and try again.",
                )
    finally:
        link.close()
