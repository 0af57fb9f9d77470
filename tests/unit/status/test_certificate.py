"""The box signs a certificate once, and says what is wrong with one it is given."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from edge.errors import ConfigError
from edge.status.certificate import VALID_FOR, given_certificate, own_certificate

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = ("box", "box.local", "192.0.2.7", "::1")


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_it_is_made_once_and_made_anew_before_it_ends(tmp_path: Path) -> None:
    first = own_certificate(tmp_path, NAMES, NOW)
    again = own_certificate(tmp_path, NAMES, NOW + timedelta(days=700))
    assert (first.made, again.made) == (True, False)
    assert first.fingerprint == again.fingerprint
    assert own_certificate(tmp_path, NAMES, NOW + VALID_FOR - timedelta(days=29)).made


def test_it_names_the_box_and_its_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    names = read(made.cert_file).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["box", "box.local"]
    assert len(names.value.get_values_for_type(x509.IPAddress)) == 2
    assert stat.S_IMODE(made.key_file.stat().st_mode) == 0o600


def test_a_box_that_wakes_in_1970_makes_one_that_is_valid_today(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, datetime(1970, 1, 1, tzinfo=UTC))
    assert (
        read(made.cert_file).not_valid_before_utc < NOW < read(made.cert_file).not_valid_after_utc
    )


def test_a_key_of_another_certificate_is_refused_with_a_remedy(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    one, other = (own_certificate(folder, NAMES, NOW) for folder in folders)
    assert given_certificate(one.cert_file, one.key_file).fingerprint == one.fingerprint
    with pytest.raises(ConfigError, match="cannot be used"):
        given_certificate(one.cert_file, other.key_file)
    with pytest.raises(ConfigError, match="cannot be used"):
        given_certificate(tmp_path / "none.pem", one.key_file)
