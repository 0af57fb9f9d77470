"""Every refusal says which broker, what is wrong, and what to do; none shows a secret."""

from __future__ import annotations

import errno
import socket
import ssl
from pathlib import Path

import pytest

from edge.report import refusals
from edge.runtime.setting_tables import MqttSettings

SETTINGS = MqttSettings(host="broker.example", port=1884)
TLS = MqttSettings(host="broker.example", port=8883, tls=True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "name broker.example is not known"),
        (ConnectionRefusedError(), "Nothing listens at broker.example:1884"),
        (TimeoutError(), "does not answer"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Network is unreachable"),
    ],
)
def test_a_network_error_is_put_into_words(error: OSError, words: str) -> None:
    said = refusals.unreachable(error, SETTINGS)
    assert words in said.problem
    assert said.remedy.endswith(".")


def test_a_reset_during_tls_hints_at_the_port() -> None:
    assert "TLS" in refusals.unreachable(ConnectionResetError(), TLS).problem


def test_a_port_without_tls_is_told_from_a_bad_certificate() -> None:
    plain = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    plain.reason = "WRONG_VERSION_NUMBER"
    assert "does not speak TLS" in refusals.unreachable(plain, TLS).problem
    untrusted = ssl.SSLCertVerificationError(1, "verify failed")
    untrusted.verify_code, untrusted.verify_message = 18, "self-signed certificate"
    assert "self-signed certificate" in refusals.unreachable(untrusted, TLS).problem


@pytest.mark.parametrize(
    ("reason", "setting"),
    [
        ("Bad user name or password", "mqtt.password_file"),
        ("Not authorized", "mqtt.username"),
        ("Client identifier not valid", "box.id"),
    ],
)
def test_a_refused_connection_names_the_setting_to_change(reason: str, setting: str) -> None:
    assert setting in refusals.refused(reason, SETTINGS).remedy


def test_a_wrong_password_names_the_user_and_the_file_and_not_the_password(tmp_path: Path) -> None:
    secret = tmp_path / "mqtt.password"
    secret.write_text("hunter2")
    settings = SETTINGS.model_copy(update={"username": "box-1", "password_file": secret})
    for reason in ("Bad user name or password", "Not authorized"):
        said = refusals.refused(reason, settings)
        assert "password of user box-1" in said.problem
        assert str(secret) in said.remedy
        assert "hunter2" not in str(said)


def test_an_untrusted_certificate_names_the_ca_file_in_use() -> None:
    error = ssl.SSLCertVerificationError(1, "verify failed")
    error.verify_code, error.verify_message = 18, "self-signed certificate"
    settings = TLS.model_copy(update={"ca_file": Path("/etc/watchpost/ca.pem")})
    assert "/etc/watchpost/ca.pem" in refusals.unreachable(error, settings).remedy
    assert "unset" in refusals.unreachable(error, TLS).remedy


def test_a_reason_nobody_foresaw_is_shown_as_it_is() -> None:
    assert "packet too large" in refusals.refused("Packet too large", SETTINGS).problem


def test_two_boxes_with_one_name_are_told() -> None:
    assert "box.id" in refusals.lost("Session taken over", SETTINGS).remedy
