"""What a client shows the broker: a password, a certificate; and whom it trusts.

In: settings that name files. Out: a client that is ready to dial. Always: the files are read at
each dial, so that a changed one counts without a restart; no secret is in an error.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from paho.mqtt.client import Client

from edge.errors import BrokerError
from edge.report import refusals
from edge.runtime.setting_tables import MqttSettings

MAX_PASSWORD_BYTES = 4096
_TLS_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def authenticate(client: Client, settings: MqttSettings) -> None:
    """Give a client its password and TLS.

    Raises:
        BrokerError: a file cannot be used.
    """
    if settings.username:
        password = _password(settings.password_file) if settings.password_file else None
        client.username_pw_set(settings.username, password)
    if settings.tls:
        client.tls_set_context(_tls_context(settings))


def _password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PASSWORD_BYTES).decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BrokerError(
            f"mqtt.password_file ({path}) is no UTF-8 text.", "Write the password into it."
        ) from error
    except OSError as error:
        raise refusals.unusable_file("password_file", error) from error


def _tls_context(settings: MqttSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise refusals.unusable_file("ca_file", error) from error
    context.minimum_version = _TLS_VERSIONS[settings.tls_minimum]
    if settings.cert_file:
        try:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        except OSError as error:
            raise refusals.unusable_file("cert_file", error) from error
    return context
