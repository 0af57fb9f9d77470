"""The fleet's folder on the operator's machine: the authority and what it has signed.

    ca.pem              the authority's certificate: boxes and broker trust it
    ca.key              its key, encrypted with the fleet's passphrase unless refused
    certificates.json   each certificate ever signed: serial, name, days, when revoked
    revoked.crl         for the broker; made anew with every change

In and out: that folder. Always: a certificate is noted before it is handed out, so that it can
be revoked; a box's key is never kept here; files are replaced whole. One command at a time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ConfigError
from edge.fleet import certificates
from edge.fleet.certificates import Identity
from edge.runtime.atomic_file import write_atomically

MAX_FILE_BYTES = 64 * 1024 * 1024  # a hundred thousand boxes with a few renewals each
MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 1024


class Issued(BaseModel):
    """A certificate that was signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    serial: str = Field(pattern=r"^[0-9a-f]{1,40}$")
    name: str = Field(min_length=1, max_length=certificates.MAX_COMMON_NAME)
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether a broker with the newest list lets it in."""
        return self.revoked_at is None and now < self.expires_at


class _Ledger(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: int = Field(default=1, ge=1, le=1)
    certificates: tuple[Issued, ...] = ()


class Fleet:
    """A fleet's folder; get one from :func:`make_fleet` or :func:`open_fleet`."""

    def __init__(self, folder: Path, authority: Identity) -> None:
        self._folder = folder
        self._authority = authority

    @property
    def authority_pem(self) -> bytes:
        """The authority's certificate."""
        return self._authority.pem

    def issued(self) -> tuple[Issued, ...]:
        """All certificates, oldest first.

        Raises:
            ConfigError: the list of them cannot be read.
        """
        path = self._folder / "certificates.json"
        try:
            return _Ledger.model_validate_json(_read(path)).certificates
        except ValidationError as error:
            raise ConfigError(
                f"{path} is damaged.", "Restore it from its backup: it says what can be revoked."
            ) from error

    def sign_client(self, name: str, now: datetime, lasts: timedelta) -> Identity:
        """A certificate for a box or receiver, noted here.

        Raises:
            ConfigError: the folder cannot be read or written.
        """
        made = certificates.make_client(self._authority, name, now, lasts)
        self._note(made, name, now)
        return made

    def sign_server(self, hosts: list[str], now: datetime, lasts: timedelta) -> Identity:
        """A certificate for the broker, noted here.

        Raises:
            ConfigError: a host is none, or the folder cannot be read or written.
        """
        made = certificates.make_server(self._authority, hosts, now, lasts)
        self._note(made, certificates.common_name(made.certificate), now)
        return made

    def revoke(self, name: str, now: datetime) -> int:
        """Withdraw all live certificates of a name; how many.

        Raises:
            ConfigError: the folder cannot be read or written.
        """
        issued = self.issued()
        gone = {one.serial for one in issued if one.name == name and one.live(now)}
        marked = tuple(
            one.model_copy(update={"revoked_at": now}) if one.serial in gone else one
            for one in issued
        )
        _keep(self._folder, self._authority, marked, now)
        return len(gone)

    def _note(self, made: Identity, name: str, now: datetime) -> None:
        note = Issued(
            serial=f"{made.certificate.serial_number:x}",
            name=name,
            issued_at=now,
            expires_at=made.certificate.not_valid_after_utc,
        )
        _keep(self._folder, self._authority, (*self.issued(), note), now)


def make_fleet(folder: Path, name: str, passphrase: str | None) -> Fleet:
    """Make a folder with a new authority.

    Args:
        folder: made when it is missing; must hold no fleet yet.
        name: the authority's.
        passphrase: encrypts its key; None leaves it open.

    Raises:
        ConfigError: there is a fleet already, the passphrase is too short or too long, or the
            folder cannot be written.
    """
    if (folder / "ca.key").exists() or (folder / "ca.pem").exists():
        raise ConfigError(f"{folder} holds a fleet already.", "Choose another folder.")
    check_passphrase(passphrase)
    now = datetime.now(UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unwritable(folder, error) from error
    authority = certificates.make_authority(name, now)
    _write(folder / "ca.key", authority.key_pem(passphrase))
    _write(folder / "ca.pem", authority.pem, mode=0o644)
    _keep(folder, authority, (), now)
    return Fleet(folder, authority)


def open_fleet(folder: Path, passphrase: str | None) -> Fleet:
    """Open a folder.

    Raises:
        ConfigError: there is no fleet, the passphrase is wrong, or a file is damaged.
    """
    if not (folder / "ca.key").exists():
        raise ConfigError(
            f"{folder} holds no fleet.", "Make one with `watchpost fleet init`, or name its folder."
        )
    secret = passphrase.encode() if passphrase else None
    try:
        key = load_pem_private_key(_read(folder / "ca.key"), secret)
        certificate = x509.load_pem_x509_certificate(_read(folder / "ca.pem"))
    except TypeError as error:
        raise ConfigError(
            "The fleet's key is encrypted and there is no passphrase."
            if secret is None
            else "The fleet's key is not encrypted, but there is a passphrase.",
            "Set WATCHPOST_FLEET_PASSPHRASE exactly as when the fleet was made.",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            "The fleet's key or certificate does not open: wrong passphrase or damaged file.",
            "Check WATCHPOST_FLEET_PASSPHRASE, or restore the folder from its backup.",
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != (
        certificate.public_key()
    ):
        raise ConfigError("The fleet's key and certificate do not belong together.", "Restore it.")
    return Fleet(folder, Identity(certificate, key))


def check_passphrase(passphrase: str | None) -> None:
    """Refuse one that is too easy to guess.

    Raises:
        ConfigError: it is too short or too long.
    """
    if passphrase is not None and not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise ConfigError(
            f"The passphrase has {len(passphrase)} characters.",
            f"Choose one of {MIN_PASSPHRASE} to {MAX_PASSPHRASE} characters.",
        )


def _keep(folder: Path, authority: Identity, issued: tuple[Issued, ...], now: datetime) -> None:
    revoked = [
        (int(one.serial, 16), one.revoked_at) for one in issued if one.revoked_at is not None
    ]
    ledger = _Ledger(certificates=issued).model_dump_json(indent=1).encode()
    _write(folder / "certificates.json", ledger)
    crl = certificates.revocation_list(authority, revoked, now)
    _write(folder / "revoked.crl", crl, mode=0o644)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}).", "Restore it.") from error
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(f"{path} is too large to be the fleet's.", "Restore it.")
    return data


def _write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    try:
        write_atomically(path, data, mode=mode)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{path} cannot be written ({error.strerror}).", "Check its owner and the disk's space."
    )
