"""A new box's first file: who it is, whom it trusts, how it reaches the broker.

    bundle.json      {"format": 1, "site": …, "box": …}
    watchpost.toml   settings; its paths mean the files beside it
    ca.pem           the fleet's authority
    box.pem box.key  the box's certificate and key, the key encrypted if there is a passphrase
    root.json        the root of the watchlist repository, when there is one

In: those contents, or a ZIP file from a boot partition, a USB stick or an upload. Out: the ZIP
file, or checked contents. Always: reading is bounded, takes exactly these names, and refuses a
bundle whose certificate is not this box's, not its key's, or not signed by its authority.
Putting the files in place, and wiping the bundle, is left to provisioning.
"""

from __future__ import annotations

import io
import json
import tomllib
import zipfile
import zlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ConfigError
from edge.fleet.certificates import Identity, common_name
from edge.runtime.setting_tables import Settings
from edge.runtime.setting_values import Name

ENDING = ".watchpost.zip"
MAX_BUNDLE_BYTES = 1024 * 1024
MAX_MEMBER_BYTES = 256 * 1024
_ALWAYS = frozenset({"bundle.json", "watchpost.toml", "ca.pem", "box.pem", "box.key"})
_MAYBE = frozenset({"root.json"})
_AGAIN = "Make the bundle again with `watchpost fleet add --renew`."


class _Label(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int = Field(ge=1)
    site: Name
    box: Name


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a box is given.

    Attributes:
        site: where it will be.
        box: which box it is.
        files: contents by file name, for one folder: settings, certificates, an open key.
    """

    site: str
    box: str
    files: dict[str, bytes]


def write_bundle(bundle: Bundle, identity: Identity, passphrase: str | None) -> bytes:
    """A bundle as a ZIP file.

    Args:
        bundle: ``watchpost.toml``, ``ca.pem`` and perhaps ``root.json``.
        identity: the box's certificate and key.
        passphrase: encrypts the key; None leaves it open.
    """
    label = {"format": 1, "site": bundle.site, "box": bundle.box}
    files = bundle.files | {
        "bundle.json": json.dumps(label).encode(),
        "box.pem": identity.pem,
        "box.key": identity.key_pem(passphrase),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name])
    return held.getvalue()


def read_bundle(data: bytes, passphrase: str | None = None) -> Bundle:
    """Check a bundle and open it; nothing is written.

    Args:
        data: the ZIP file.
        passphrase: opens an encrypted key.

    Raises:
        ConfigError: it is too large, damaged, incomplete, of a newer version, for another box
            than it says, or its passphrase is missing or wrong.
    """
    files = _unpacked(data)
    label = _label(files.pop("bundle.json"))
    _check_settings(files["watchpost.toml"], label)
    files["box.key"] = _checked_key(files, label, passphrase)
    return Bundle(label.site, label.box, files)


# What zipfile raises for bytes that are no archive; ValueError for places outside of them.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    ValueError,
)


def _unpacked(data: bytes) -> dict[str, bytes]:
    if len(data) > MAX_BUNDLE_BYTES:
        raise ConfigError(
            f"The bundle has {len(data)} bytes; at most {MAX_BUNDLE_BYTES} are allowed.",
            "Check that it is the file that `watchpost fleet add` made.",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = [one.filename for one in members]
            known = set(names) <= _ALWAYS | _MAYBE and len(set(names)) == len(names)
            if not known or not set(names) >= _ALWAYS:
                raise ConfigError("The bundle does not hold the files of a bundle.", _AGAIN)
            return {one.filename: _member(archive, one) for one in members}
    except _DAMAGED as error:
        raise ConfigError("The bundle is damaged or no bundle at all.", _AGAIN) from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        data = file.read(MAX_MEMBER_BYTES + 1)
    if len(data) > MAX_MEMBER_BYTES:
        raise ConfigError(f"The bundle's {member.filename} is too large.", _AGAIN)
    return data


def _label(data: bytes) -> _Label:
    try:
        label = _Label.model_validate_json(data)
    except ValidationError as error:
        raise ConfigError("The bundle does not say which box it is for.", _AGAIN) from error
    if label.format > 1:
        raise ConfigError(
            f"The bundle has format {label.format}; this watchpost knows 1.", "Update watchpost."
        )
    return label


def _check_settings(data: bytes, label: _Label) -> None:
    try:
        tree = tomllib.loads(data.decode())
        settings = Settings.model_validate(tree)
    except ValueError as error:  # pydantic's, tomllib's and decode's own are all of this kind
        raise ConfigError("The bundle's settings are not usable.", _AGAIN) from error
    # Defaults do not count: settings that name no box are nobody's.
    if "box" not in tree or (settings.box.site, settings.box.id) != (label.site, label.box):
        raise ConfigError("The bundle's settings are for another box than it says.", _AGAIN)


def _checked_key(files: dict[str, bytes], label: _Label, passphrase: str | None) -> bytes:
    key = _opened_key(files["box.key"], passphrase)
    try:
        certificate = x509.load_pem_x509_certificate(files["box.pem"])
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(files["ca.pem"]))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise ConfigError(
            "The bundle's certificate is not signed by its authority.", _AGAIN
        ) from error
    if common_name(certificate) != f"{label.site}/{label.box}":
        raise ConfigError("The bundle's certificate is for another box than it says.", _AGAIN)
    if certificate.public_key() != key.public_key():
        raise ConfigError("The bundle's key is not its certificate's.", _AGAIN)
    return Identity(certificate, key).key_pem()


def _opened_key(data: bytes, passphrase: str | None) -> ec.EllipticCurvePrivateKey:
    encrypted = b"ENCRYPTED" in data[:64]
    if encrypted and not passphrase:
        raise ConfigError("The bundle needs its passphrase.", "Give the one it was made with.")
    try:
        key = load_pem_private_key(data, (passphrase or "").encode() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            "The bundle's key does not open: wrong passphrase or damaged bundle.",
            "Check the passphrase. " + _AGAIN,
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError("The bundle's key is of a kind that boxes do not use.", _AGAIN)
    return key
