"""One MQTT connection that is kept up: dial, greet, work, lose, wait, dial again.

In: broker settings and how to dress a client (last will, callbacks). Out: a live paho client
while connected. Always: one thread does all MQTT work, by calling ``turn``; only dialling (name
service, TCP, TLS) runs aside, so that a slow network holds nothing up; every connection has a
fresh client, so nothing is ever stored in paho's queue; waits grow from 0.5 s to
``reconnect_max`` and vary, so that a fleet does not dial in step. MQTT 5 is tried first, then
3.1.1 with brokers that do not know 5. A trouble is a line in the log, not each try; so is the
return, once it has held. What is sent is left to the users of the link.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from enum import Enum
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.errors import BrokerError
from edge.report import refusals
from edge.report.credentials import authenticate
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import MqttSettings

log = logging.getLogger(__name__)

RETRY_FIRST_S = 0.5
STABLE_S = 10.0  # a connection that lasted this long was a good one: waits start small again
DIAL_TIMEOUT_S = 5.0
# Some brokers of MQTT 3.1.1 neither refuse an MQTT 5 CONNECT nor hang up: wait less for those.
GREETING_TIMEOUT_V5_S = 2.0
GREETING_TIMEOUT_S = 5.0
_V5, _V4 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311


class Phase(Enum):
    """Where the link stands."""

    WAITING = "waiting"
    DIALLING = "dialling"
    GREETING = "greeting"
    CONNECTED = "connected"


class BrokerLink:
    """Keeps a connection to a broker.

    Args:
        settings: which broker, and how.
        client_id: this client's name at the broker.
        dress: called with each new client before it dials; sets its callbacks and last will.
        session_s: how long the broker keeps the session of a client that is away; 0: not.
        clock: time.
        chance: varies the waits.
        limits: what an MQTT 5 broker may send at once, such as ``ReceiveMaximum``, by the
            names of CONNECT's properties.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        *,
        dress: Callable[[Client], None],
        session_s: int,
        clock: Clock,
        chance: random.Random,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._limits = dict(limits or {})
        self._dress = dress
        self._session_s = session_s
        self._clock = clock
        self._chance = chance
        self._dialler = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dial")
        self._phase = Phase.WAITING
        self._since_s = float("-inf")
        self._wait_s = 0.0
        self._failures = 0
        self._dialled: Future[Client] | None = None
        self._client: Client | None = None
        self._protocol = _V5
        self._knows_v5 = True
        self._greeting = ""
        self._loss = ""
        self._lost = False  # and not said to be back
        self._logged: set[str] = set()  # troubles since the last connection that held
        self.receive_maximum = 65535
        self.connections = 0
        self.problem: BrokerError | None = None

    @property
    def client(self) -> Client | None:
        """The live client, or None while there is no connection."""
        return self._client if self._phase is Phase.CONNECTED else None

    @property
    def is_v5(self) -> bool:
        """Whether the connection speaks MQTT 5."""
        return self._protocol == _V5

    def turn(self, wait_s: float) -> None:
        """Do what the phase asks for, waiting at most about ``wait_s``; never raises for a
        broker that is away: see ``problem``.
        """
        if self._phase is Phase.WAITING:
            self._wait_then_dial(wait_s)
        elif self._phase is Phase.DIALLING:
            self._look_at_dial(wait_s)
        else:
            self._loop(wait_s)

    def drop(self, why: BrokerError) -> None:
        """Give the connection up for a reason, and dial again after a wait."""
        self._hang_up()
        self._fail(why)

    def redial(self) -> None:
        """Give a connection up in good order and dial again at once; what is being dialled goes on.

        ``problem`` is None until that has failed too.
        """
        self.problem = None
        self._failures = 0
        if self._phase is Phase.CONNECTED:
            self._hang_up()
            self._enter(Phase.WAITING)
        self._wait_s = 0.0

    def log_once(self, why: BrokerError) -> None:
        """Log a trouble, unless it was since the last connection that held."""
        if why.problem not in self._logged:
            self._logged.add(why.problem)
            log.warning("%s", why)

    def close(self) -> None:
        """Say goodbye and end; safe to call twice."""
        self._dialler.shutdown(wait=True, cancel_futures=True)
        if self._dialled is not None and not self._dialled.cancelled():
            if self._dialled.exception() is None:
                self._client = self._dialled.result()
            self._dialled = None
        self._hang_up()
        self._phase = Phase.WAITING

    def _wait_then_dial(self, wait_s: float) -> None:
        left_s = self._since_s + self._wait_s - self._clock.monotonic_s()
        if left_s > 0:
            time.sleep(min(wait_s, left_s))
            return
        self._dialled = self._dialler.submit(self._dial, self._protocol)
        self._enter(Phase.DIALLING)

    def _dial(self, protocol: MQTTProtocolVersion) -> Client:
        """Runs aside; touches nothing of the link but its settings."""
        settings = self._settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if protocol == _V5 else self._session_s == 0,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        client.connect_timeout = DIAL_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        authenticate(client, settings)
        self._dress(client)
        keepalive_s = max(5, int(settings.keepalive.total_seconds()))
        if protocol == _V5 and self._session_s:
            wishes = properties_of(PacketTypes.CONNECT)
            wishes.SessionExpiryInterval = self._session_s
            for name, value in self._limits.items():
                setattr(wishes, name, value)
            client.connect(
                settings.host, settings.port, keepalive_s, clean_start=False, properties=wishes
            )
        else:
            # No properties: a broker of MQTT 3.1.1 can then read enough of an MQTT 5 CONNECT
            # to refuse it at once, where amqtt for one would wait for bytes that never come.
            client.connect(settings.host, settings.port, keepalive_s)
        return client

    def _look_at_dial(self, wait_s: float) -> None:
        dialled = self._dialled
        if dialled is None or not wait([dialled], timeout=wait_s).done:
            return
        self._dialled = None
        self._greeting = self._loss = ""
        try:
            self._client = dialled.result()
        except BrokerError as error:
            self._fail(error)
        except OSError as error:
            self._fail(refusals.unreachable(error, self._settings))
        else:
            self._enter(Phase.GREETING)

    def _loop(self, wait_s: float) -> None:
        client = self._client
        if client is None:
            return
        try:
            gone = bool(client.loop(wait_s)) or client.socket() is None
        except (OSError, MQTTException, ValueError) as error:
            log.debug("the broker's answer cannot be read (%s)", type(error).__name__)
            gone = True
        if self._phase is Phase.GREETING:
            self._look_at_greeting(gone)
        elif gone:
            self._hang_up()
            self._fail(refusals.lost(self._loss, self._settings))
            self._protocol = _V5 if self._knows_v5 else _V4
        elif self._lost and self._clock.monotonic_s() - self._since_s >= STABLE_S:
            self._log_connected()

    def _look_at_greeting(self, gone: bool) -> None:
        if self._greeting == "Success":
            self._enter(Phase.CONNECTED)
            self.problem = None
            self.connections += 1
            if not self._lost:
                self._log_connected()
            return
        patience_s = GREETING_TIMEOUT_V5_S if self.is_v5 else GREETING_TIMEOUT_S
        silent = self._clock.monotonic_s() - self._since_s > patience_s
        if not (gone or self._greeting or silent):
            return
        self._hang_up()
        if self._greeting == refusals.UNSUPPORTED_VERSION and self.is_v5:
            self._knows_v5, self._protocol = False, _V4
            self._wait_s = 0.0
            self._enter(Phase.WAITING)
        elif self._greeting:
            self._fail(refusals.refused(self._greeting, self._settings))
        else:
            # Some brokers answer an MQTT 5 CONNECT by closing: try the other version next.
            self._protocol = _V4 if self.is_v5 else _V5
            self._fail(refusals.not_greeted(self._settings))

    def _on_connect(
        self, client: Client, data: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        self._greeting = str(reason)
        self.receive_maximum = int(getattr(properties, "ReceiveMaximum", 65535))

    def _on_disconnect(
        self, client: Client, data: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        self._loss = str(reason)

    def _fail(self, why: BrokerError) -> None:
        lasted_s = self._clock.monotonic_s() - self._since_s
        if self._phase is Phase.CONNECTED and lasted_s >= STABLE_S:
            self._failures = 0
        self.log_once(why)
        self._lost = True
        self.problem = why
        longest_s = self._settings.reconnect_max.total_seconds()
        full_s = min(longest_s, RETRY_FIRST_S * 2 ** min(self._failures, 16))
        self._wait_s = full_s * self._chance.uniform(0.5, 1.0)
        self._failures += 1
        self._enter(Phase.WAITING)

    def _log_connected(self) -> None:
        self._lost = False
        self._logged.clear()
        log.info("connected to the broker with MQTT %s", "5" if self.is_v5 else "3.1.1")

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._since_s = self._clock.monotonic_s()

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
            client.disconnect()
            leftover = client.socket()
            if leftover is not None:
                leftover.close()


def properties_of(packet_type: int) -> Properties:
    """Empty MQTT 5 properties for a kind of packet."""
    return Properties(packet_type)  # type: ignore[no-untyped-call]  # paho leaves it untyped
