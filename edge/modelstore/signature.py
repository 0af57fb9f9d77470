"""Who published a pack: an Ed25519 signature over the digests of all its files.

``SHA256SUMS`` has a line for every other file of the pack, ``<64 hex digits>  <name>``, as
``sha256sum`` writes it; ``SHA256SUMS.sig`` is the base64 of the Ed25519 signature (RFC 8032)
over the bytes ``watchpost-pack-1``, a newline, and the whole of ``SHA256SUMS``. In: those
bytes and the keys that count. Out: the digests by name. Both files are installed with the
pack, so that it can be verified later too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.errors import ConfigError, PackError
from edge.modelstore.archive import MAX_MEMBERS, allowed_name

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
MAX_SUMS_BYTES = 16 * 1024
MAX_SIGNATURE_BYTES = 256
_MAX_KEY_BYTES = 16 * 1024
_KEY_BYTES = 32
_CONTEXT = b"watchpost-pack-1\n"
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


def publisher_keys(texts: Sequence[str]) -> tuple[Ed25519PublicKey, ...]:
    """Read the keys of ``pack.keys`` or ``--key``.

    Raises:
        ConfigError: there is none, or one is no Ed25519 public key.
    """
    if not texts:
        raise ConfigError(
            "No publisher's key is known, so no pack can be trusted.",
            "Set pack.keys to the public key that the publisher gives out, or give it with --key.",
        )
    return tuple(_publisher_key(number, text) for number, text in enumerate(texts, start=1))


def _publisher_key(number: int, text: str) -> Ed25519PublicKey:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise ConfigError(
            f"Publisher's key {number} is not the base64 of a 32-byte Ed25519 public key.",
            "Copy the line that `watchpost models pack` printed for the publisher.",
        )
    return Ed25519PublicKey.from_public_bytes(raw)


def write_sums(digests: Mapping[str, str]) -> bytes:
    """The content of ``SHA256SUMS``, names in order."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode("ascii")


def sign(sums: bytes, key: Ed25519PrivateKey) -> bytes:
    """The content of ``SHA256SUMS.sig``."""
    return base64.b64encode(key.sign(_CONTEXT + sums)) + b"\n"


def verified_sums(
    sums: bytes, signature: bytes, keys: Sequence[Ed25519PublicKey], shown: str
) -> dict[str, str]:
    """The digests by file name, once one of the keys is found to have signed them.

    Args:
        sums: the bytes of ``SHA256SUMS``.
        signature: the bytes of ``SHA256SUMS.sig``.
        keys: whose signature counts.
        shown: what to call the pack in errors.

    Raises:
        PackError: no key signed them, or they are no such lines.
    """
    try:
        raw = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not any(_signed(key, raw, sums) for key in keys):
        raise PackError(
            f"{shown} is not signed by any of the {len(keys)} keys that count, or was altered.",
            "Get it again from its publisher, and check pack.keys or --key against what the "
            "publisher gives out.",
        )
    return _parsed(sums, shown)


def signing_key(path: Path, passphrase: str | None) -> Ed25519PrivateKey:
    """Read a publisher's private key from a PEM file.

    Raises:
        ConfigError: it cannot be read or opened, or is of another kind.
    """
    try:
        with path.open("rb") as file:
            pem = file.read(_MAX_KEY_BYTES)
        secret = passphrase.encode("utf-8") if passphrase is not None else None
        key = serialization.load_pem_private_key(pem, password=secret)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"The signing key {path} cannot be opened ({type(error).__name__}).",
            "Check the path, and --passphrase-file if the key is encrypted.",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            f"The signing key {path} is no Ed25519 key.",
            "Make one with `openssl genpkey -algorithm ed25519 -out KEY.pem`.",
        )
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key as it is written in ``pack.keys``."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


def _signed(key: Ed25519PublicKey, signature: bytes, sums: bytes) -> bool:
    try:
        key.verify(signature, _CONTEXT + sums)
    except InvalidSignature:
        return False
    return True


def _parsed(sums: bytes, shown: str) -> dict[str, str]:
    lines = [_LINE.fullmatch(line) for line in sums.decode("ascii", "replace").splitlines()]
    found = {line[2]: line[1] for line in lines if line and allowed_name(line[2])}
    if not 1 <= len(lines) <= MAX_MEMBERS or len(found) != len(lines):
        raise PackError(
            f"{SUMS} of {shown} has a line that is no digest of a pack's file.",
            "Ask the publisher to make the archive with `watchpost models pack`.",
        )
    return found
