"""X.509 for one fleet: its own authority, certificates of boxes, receivers and broker, a CRL.

In: names, times, keys. Out: certificates and PEM bytes; nothing here opens a file. Always: keys
are on the curve P-256, which every TLS library knows; a box's common name is ``SITE/BOX``, which
brokers take for its user name (mosquitto: ``use_identity_as_username``); no name without the
form of a box's or a receiver's is ever signed, so none can be a wildcard of MQTT.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.errors import ConfigError
from edge.report.wire import NAME_PATTERN

MAX_COMMON_NAME = 64  # characters (RFC 5280, ub-common-name)
AUTHORITY_LASTS = timedelta(days=3650)
BACKDATED = timedelta(days=1)  # for a box whose clock is a little behind
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, passphrase: str | None = None) -> bytes:
        """The key as PKCS 8, encrypted when there is a passphrase."""
        how: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            how = serialization.BestAvailableEncryption(passphrase.encode())
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how
        )


def box_name(site: str, box: str) -> str:
    """A box's name at the broker.

    Raises:
        ConfigError: a name is no box's or site's, or both together are too long.
    """
    for name in (site, box):
        _check(name)
    name = f"{site}/{box}"
    if len(name) > MAX_COMMON_NAME:
        raise ConfigError(
            f"The names of site and box have {len(name) - 1} characters together; a certificate "
            f"holds {MAX_COMMON_NAME - 1}.",
            "Choose shorter names.",
        )
    return name


def receiver_name(name: str) -> str:
    """A receiver's name at the broker; without "/", so it is never a box's.

    Raises:
        ConfigError: it cannot be a name.
    """
    _check(name)
    return name


def make_authority(name: str, now: datetime) -> Identity:
    """A new authority: it signs what belongs to this fleet, and nothing else counts.

    Args:
        name: told in its certificate.
        now: UTC time.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, now)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .not_valid_after(now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def make_client(authority: Identity, name: str, now: datetime, lasts: timedelta) -> Identity:
    """A certificate for a box or a receiver.

    Args:
        authority: who signs.
        name: from :func:`box_name` or :func:`receiver_name`.
        now: UTC time.
        lasts: how long it is valid; never longer than its authority.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _leaf(authority, subject, key, now, lasts).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
    )
    return Identity(builder.sign(authority.key, hashes.SHA256()), key)


def make_server(
    authority: Identity, hosts: Sequence[str], now: datetime, lasts: timedelta
) -> Identity:
    """A certificate for the broker; arguments as for a client.

    Raises:
        ConfigError: no host, or one that is neither a name nor an address.
    """
    names = [_host(one) for one in hosts]
    if not names:
        raise ConfigError("There is no host for the broker's certificate.", "Give its name.")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:MAX_COMMON_NAME])])
    builder = (
        _leaf(authority, subject, key, now, lasts)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return Identity(builder.sign(authority.key, hashes.SHA256()), key)


def revocation_list(
    authority: Identity, revoked: Iterable[tuple[int, datetime]], now: datetime
) -> bytes:
    """The PEM of the list of withdrawn certificates.

    It stays valid as long as the authority: a broker refuses *everyone* once its list has
    expired, and whoever can write the broker's files needs no old list to let a box in.

    Args:
        authority: who signs.
        revoked: (serial number, UTC time) of each.
        now: UTC time.
    """
    listed = list(revoked)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - BACKDATED)
        .next_update(authority.certificate.not_valid_after_utc)
        .add_extension(x509.CRLNumber(len(listed) + 1), critical=False)
        .add_extension(_issued_by(authority), critical=False)
    )
    for serial, at in listed:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        )
    made = builder.sign(authority.key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def common_name(certificate: x509.Certificate) -> str:
    """What a broker takes for the user name; "" when there is none."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _leaf(
    authority: Identity,
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    issuer = authority.certificate
    return (
        _builder(subject, key, now)
        .issuer_name(issuer.subject)
        .not_valid_after(min(now + lasts, issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(_issued_by(authority), critical=False)
    )


def _issued_by(authority: Identity) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        if not _HOST.fullmatch(text):
            raise ConfigError(
                f"{text[:80]!r} is no host.", "Give a name such as broker.example, or an address."
            ) from None
        return x509.DNSName(text)


def _check(name: str) -> None:
    if not re.fullmatch(NAME_PATTERN, name):
        raise ConfigError(
            f"{name[:80]!r} cannot be a name at the broker.",
            "Use lower-case letters, digits, dots, dashes and underscores, at most 63.",
        )
