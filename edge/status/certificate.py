"""The page's certificate: one that this box signs itself, until the operator brings another.

In: a folder, names and addresses of the box. Out: paths of certificate and key, and the
fingerprint that a person compares with what the browser shows. Always: the key is readable by
its owner alone; a certificate of ours is made anew only when it is missing or soon ends, so
that a browser asks once.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.errors import ConfigError
from edge.runtime.atomic_file import write_atomically

# Apple's systems take no longer one, even from a person who trusts it.
VALID_FOR = timedelta(days=820)
RENEW_BEFORE = timedelta(days=30)
# A box without a clock wakes in 1970; a certificate of then would be over for every browser.
_NOT_EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
_MAX_FILE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key in files.

    Attributes:
        cert_file: PEM.
        key_file: PEM.
        fingerprint: SHA-256 of the certificate, as browsers show it: ``AB:CD:…``.
        made: whether it was made just now.
    """

    cert_file: Path
    key_file: Path
    fingerprint: str
    made: bool = False


def own_certificate(folder: Path, names: tuple[str, ...], now: datetime) -> Certificate:
    """The box's self-signed certificate, made when there is none or it soon ends.

    Args:
        folder: where it lies.
        names: names and addresses that browsers may use.
        now: UTC, right or wrong.

    Raises:
        ConfigError: it cannot be written or read.
    """
    cert_file, key_file = folder / "page-cert.pem", folder / "page-key.pem"
    now = max(now, _NOT_EARLIER)
    made = not (key_file.exists() and _lasts(cert_file, now))
    if made:
        certificate, key = _make(names, now)
        try:
            write_atomically(key_file, key, mode=0o600)
            write_atomically(cert_file, certificate, mode=0o644)
        except OSError as error:
            raise ConfigError(
                f"The page's certificate cannot be written to {folder} ({error.strerror}).",
                "Give the user that runs watchpost the right to write there, and free space.",
            ) from error
    return Certificate(cert_file, key_file, fingerprint_of(cert_file), made)


def given_certificate(cert_file: Path, key_file: Path) -> Certificate:
    """A certificate that the settings name.

    Raises:
        ConfigError: it or its key cannot be read, or they do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert_file, key_file, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigError(
            f"The certificate {cert_file} and the key {key_file} cannot be used ({error}).",
            "Set status.cert_file and status.key_file to two PEM files that belong together; "
            "the key must have no passphrase.",
        ) from error
    return Certificate(cert_file, key_file, fingerprint_of(cert_file))


def fingerprint_of(cert_file: Path) -> str:
    """SHA-256 of the first certificate in a file, in pairs.

    Raises:
        ConfigError: there is none.
    """
    found = _read(cert_file)
    if found is None:
        raise ConfigError(
            f"There is no certificate in {cert_file}.",
            "Check status.cert_file, or remove the file.",
        )
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def _lasts(cert_file: Path, now: datetime) -> bool:
    found = _read(cert_file)
    return found is not None and now + RENEW_BEFORE < found.not_valid_after_utc


def _read(cert_file: Path) -> x509.Certificate | None:
    try:
        with cert_file.open("rb") as file:
            return x509.load_pem_x509_certificate(file.read(_MAX_FILE_BYTES))
    except (OSError, ValueError):
        return None


def _make(names: tuple[str, ...], now: datetime) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"watchpost {names[0]}"[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(title)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_EARLIER)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _no_password() -> str:
    raise ValueError("it is encrypted with a passphrase")
