"""Certificates of a fleet: whom they name, what they allow, how long they last."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge.errors import ConfigError
from edge.fleet.certificates import (
    box_name,
    common_name,
    make_authority,
    make_client,
    make_server,
    receiver_name,
)
from edge.fleet.folder import make_fleet, open_fleet

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
SECRET = "correct horse battery"


def usages(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_a_boxs_certificate_names_site_and_box_and_serves_clients_only() -> None:
    authority = make_authority("test", NOW)
    made = make_client(authority, box_name("site-1", "box-1"), NOW, YEAR)
    assert common_name(made.certificate) == "site-1/box-1"
    assert usages(made.certificate) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert made.certificate.not_valid_after_utc == NOW + YEAR
    made.certificate.verify_directly_issued_by(authority.certificate)
    basic = made.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert not basic.value.ca


def test_no_certificate_outlives_its_authority() -> None:
    authority = make_authority("test", NOW)
    made = make_client(authority, "hub-1", NOW, timedelta(days=36_500))
    assert made.certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc


def test_the_brokers_certificate_holds_its_names_and_addresses() -> None:
    made = make_server(make_authority("test", NOW), ["broker.example", "192.0.2.7"], NOW, YEAR)
    names = made.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
    assert usages(made.certificate) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize(
    ("site", "box"),
    [("+", "b"), ("s", "#"), ("s", "a/b"), ("", "b"), ("S", "b"), ("s" * 63, "b" * 63)],
)
def test_a_name_that_could_widen_a_boxs_rights_is_never_signed(site: str, box: str) -> None:
    with pytest.raises(ConfigError):
        box_name(site, box)


@pytest.mark.parametrize("name", ["site-1/box-1", "#", "a b", ""])
def test_a_receiver_cannot_be_named_like_a_box(name: str) -> None:
    with pytest.raises(ConfigError):
        receiver_name(name)


@pytest.mark.parametrize("host", ["", "a b", "*.example", "-x", "http://broker"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ConfigError):
        make_server(make_authority("test", NOW), [host], NOW, YEAR)


def crl_of(folder: Path) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl((folder / "revoked.crl").read_bytes())


def test_what_was_signed_can_be_revoked_and_the_list_says_so(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path / "fleet", "test", None)
    now = datetime.now(UTC)
    first = fleet.sign_client("site-1/box-1", now, YEAR)
    again = fleet.sign_client("site-1/box-1", now, YEAR)
    other = fleet.sign_client("site-1/box-2", now, YEAR)
    assert len(crl_of(tmp_path / "fleet")) == 0
    assert fleet.revoke("site-1/box-1", now) == 2
    crl = crl_of(tmp_path / "fleet")
    for made, gone in ((first, True), (again, True), (other, False)):
        number = made.certificate.serial_number
        assert (crl.get_revoked_certificate_by_serial_number(number) is not None) is gone
    authority = x509.load_pem_x509_certificate(fleet.authority_pem)
    assert crl.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    assert crl.next_update_utc == authority.not_valid_after_utc, "an expired list locks all out"
    assert fleet.revoke("site-1/box-1", now) == 0


def test_a_fleet_opens_again_with_its_passphrase_only(tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    made = make_fleet(folder, "test", SECRET)
    made.sign_client("hub-1", datetime.now(UTC), YEAR)
    assert [one.name for one in open_fleet(folder, SECRET).issued()] == ["hub-1"]
    for wrong in (None, "another passphrase"):
        with pytest.raises(ConfigError) as caught:
            open_fleet(folder, wrong)
        assert "passphrase" in caught.value.problem
        assert "another" not in str(caught.value)
    with pytest.raises(ConfigError, match="holds a fleet already"):
        make_fleet(folder, "test", SECRET)


def test_the_authoritys_key_is_for_its_owner_and_encrypted(tmp_path: Path) -> None:
    make_fleet(tmp_path / "fleet", "test", SECRET)
    key = tmp_path / "fleet" / "ca.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in key.read_bytes()


@pytest.mark.parametrize("passphrase", ["short", "x" * 2000])
def test_a_passphrase_out_of_bounds_is_refused(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(ConfigError, match="characters"):
        make_fleet(tmp_path / "fleet", "test", passphrase)
    assert not (tmp_path / "fleet").exists()


def test_a_missing_or_damaged_fleet_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no fleet"):
        open_fleet(tmp_path, None)
    fleet = make_fleet(tmp_path / "fleet", "test", None)
    (tmp_path / "fleet" / "certificates.json").write_text('{"certificates": 1}')
    with pytest.raises(ConfigError, match="damaged"):
        fleet.issued()
    (tmp_path / "fleet" / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match="does not open"):
        open_fleet(tmp_path / "fleet", None)
