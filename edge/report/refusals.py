"""What a broker's refusal or a network error means, in words for an installer.

In: exceptions of sockets, TLS and MQTT, and MQTT reason names. Out: a :class:`BrokerError`
that says what is wrong and what to do. Nothing here connects.
"""

from __future__ import annotations

import socket
import ssl

from edge.errors import BrokerError
from edge.runtime.setting_tables import MqttSettings

# What OpenSSL finds of a certificate's time (X509_V_ERR_…, openssl/x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_TOO_OLD = ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL")
UNSUPPORTED_VERSION = "Unsupported protocol version"

# Names of MQTT 5 reason codes (OASIS MQTT 5.0, table 2-6); paho gives 3.1.1's codes the same.
_CONNECT_REFUSALS = {
    "Bad user name or password": (
        "does not accept the user name or password",
        "Check mqtt.username and the file mqtt.password_file names.",
    ),
    "Not authorized": (
        "does not allow this box to connect",
        "Give mqtt.username and mqtt.password_file, or allow the box on the broker.",
    ),
    "Client identifier not valid": (
        "does not accept this box's name",
        "Change box.id, or the broker's rule for client names.",
    ),
    "Banned": ("has banned this box", "Lift the ban on the broker."),
    "Server unavailable": ("is not available", "Wait; it is tried again."),
    "Server busy": ("is busy", "Wait; it is tried again."),
    "Use another server": ("asks to use another broker", "Change mqtt.host."),
    "Server moved": ("has moved", "Change mqtt.host."),
    UNSUPPORTED_VERSION: ("speaks neither MQTT 5 nor MQTT 3.1.1", "Use another broker."),
    "Retain not supported": (
        "does not keep retained messages",
        "Allow retained messages on the broker.",
    ),
}
# mosquitto answers a wrong password with the second, EMQX with the first.
_WRONG_PASSWORD = ("Bad user name or password", "Not authorized")
_LOSSES = {
    "Session taken over": (
        "dropped this box because another client uses its name",
        "Give each box its own box.id.",
    ),
    "Server shutting down": ("is shutting down", "Wait; it is tried again."),
    "Keep alive timeout": ("heard nothing from this box", "Check the network between them."),
    "Administrative action": ("was told to drop this box", "Ask who runs the broker."),
}


def named(settings: MqttSettings) -> str:
    """The broker's address as people write it."""
    return f"{settings.host}:{settings.port}"


def refused(reason: str, settings: MqttSettings) -> BrokerError:
    """The broker answered the CONNECT with a refusal."""
    what, remedy = _CONNECT_REFUSALS.get(
        reason, (f"refuses the connection ({reason.lower()})", "Look into the broker's log.")
    )
    if reason in _WRONG_PASSWORD and settings.username:
        what = f"does not accept the password of user {settings.username}, or not this user"
        where = settings.password_file or "mqtt.password_file, which is not set"
        remedy = f"Check mqtt.username, the password in {where}, and the broker's list of users."
    elif reason in _WRONG_PASSWORD and settings.cert_file:
        what = "does not accept this box's certificate for connecting"
        remedy = f"Check {settings.cert_file}, and that the broker allows the name in it."
    return BrokerError(f"The broker {named(settings)} {what}.", remedy)


def lost(reason: str, settings: MqttSettings) -> BrokerError:
    """An established connection ended."""
    what, remedy = _LOSSES.get(
        reason, ("closed the connection or cannot be reached", "Wait; it is tried again.")
    )
    return BrokerError(f"The broker {named(settings)} {what}.", remedy)


def not_greeted(settings: MqttSettings) -> BrokerError:
    """The connection was closed, or stayed silent, before the broker answered."""
    hint = (
        f"Check that the broker accepts this box's certificate (mqtt.cert_file: "
        f"{settings.cert_file or 'unset'}), and that both clocks are right: one that is expired or "
        "not valid yet is refused like a stranger's."
        if settings.tls
        else "Check that it is an MQTT port; a TLS port needs mqtt.tls = true."
    )
    return BrokerError(f"{named(settings)} does not answer as an MQTT broker.", hint)


def publish_refused(reason: str, topic: str, settings: MqttSettings) -> BrokerError:
    """The broker answered a PUBLISH with a refusal."""
    return BrokerError(
        f"The broker {named(settings)} does not take messages on {topic} ({reason.lower()}).",
        "Allow this box to write to that topic in the broker's access rules.",
    )


def subscribe_refused(topic: str, settings: MqttSettings) -> BrokerError:
    """The broker answered a SUBSCRIBE with a refusal."""
    return BrokerError(
        f"The broker {named(settings)} does not allow this client to read {topic}.",
        "Allow this user to read that topic in the broker's access rules.",
    )


def unreachable(error: OSError, settings: MqttSettings) -> BrokerError:
    """No connection came about.

    Args:
        error: what the socket or TLS said.
        settings: where it was to go.
    """
    broker = named(settings)
    if isinstance(error, ssl.SSLError):
        return _tls(error, settings)
    if isinstance(error, socket.gaierror):
        return BrokerError(
            f"The broker's name {settings.host} is not known to the name service.",
            "Check mqtt.host, and that this box has a name server.",
        )
    if isinstance(error, ConnectionRefusedError):
        return BrokerError(
            f"Nothing listens at {broker}.", "Check mqtt.host and mqtt.port; start the broker."
        )
    if isinstance(error, ConnectionResetError) and settings.tls:
        return BrokerError(
            f"{broker} ended the TLS handshake.",
            "Check that this is the broker's TLS port, or set mqtt.tls = false.",
        )
    if isinstance(error, TimeoutError):
        return BrokerError(
            f"The broker {broker} does not answer.",
            "Check the network, and that no firewall drops this port.",
        )
    return BrokerError(
        f"The broker {broker} cannot be reached ({error.strerror or error}).",
        "Check this box's network connection.",
    )


def unusable_file(what: str, error: OSError) -> BrokerError:
    """A certificate, key or password file cannot be used."""
    name = error.filename or "the file"
    if isinstance(error, ssl.SSLError):
        return BrokerError(
            f"mqtt.{what} holds no usable PEM data ({error.reason or 'wrong format'}).",
            "Give a PEM file; a key must fit its certificate and have no pass phrase.",
        )
    return BrokerError(
        f"mqtt.{what} cannot be read ({name}: {error.strerror}).",
        "Check the path, and that watchpost's user may read it.",
    )


def _tls(error: ssl.SSLError, settings: MqttSettings) -> BrokerError:
    broker = named(settings)
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code == _NOT_YET_VALID:
            return BrokerError(
                f"By this box's clock the certificate of {broker} is not valid yet.",
                "Set this box's clock: `timedatectl` shows it, and whether a time server is found.",
            )
        if error.verify_code == _EXPIRED:
            return BrokerError(
                f"By this box's clock the certificate of {broker} has expired.",
                "Renew the broker's certificate, or set this box's clock if `timedatectl` shows a "
                "wrong time.",
            )
        return BrokerError(
            f"The certificate of {broker} is not trusted ({error.verify_message}).",
            f"Give the CA that signed it as mqtt.ca_file ({settings.ca_file or 'unset'} now), "
            "and connect by the name it was made for.",
        )
    if error.reason == "WRONG_VERSION_NUMBER":
        return BrokerError(
            f"{broker} does not speak TLS.", "Give the broker's TLS port, or set mqtt.tls = false."
        )
    if error.reason in _TOO_OLD:
        return BrokerError(
            f"{broker} and this box have no version of TLS in common (here: "
            f"{settings.tls_minimum} or newer).",
            'Update the broker, or set mqtt.tls_minimum = "1.2" if it knows no newer one.',
        )
    reason = (error.reason or str(error)).replace("_", " ").lower()
    return BrokerError(
        f"TLS with {broker} failed ({reason}).",
        "Check mqtt.ca_file, mqtt.cert_file and mqtt.key_file.",
    )
