"""Public keys that sign watchlists, as text in settings and as short ids in files.

In: the base64 of a raw Ed25519 public key (32 bytes), as ``watchpost register init`` prints
it. Out: keys. Private keys are the register's matter.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.errors import ConfigError

KEY_ID_BYTES = 16
_RAW_BYTES = 32


def key_id(key: Ed25519PublicKey) -> bytes:
    """The first 16 bytes of the SHA-256 of the raw public key."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:KEY_ID_BYTES]


def key_text(key: Ed25519PublicKey) -> str:
    """The key as it is written in ``watchlist.keys``."""
    return base64.b64encode(key.public_bytes_raw()).decode("ascii")


def public_keys(texts: Sequence[str]) -> tuple[Ed25519PublicKey, ...]:
    """Read the keys of the settings.

    Raises:
        ConfigError: a text is no Ed25519 public key.
    """
    return tuple(_public_key(number, text) for number, text in enumerate(texts, start=1))


def _public_key(number: int, text: str) -> Ed25519PublicKey:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _RAW_BYTES:
        raise ConfigError(
            f"Key {number} of watchlist.keys is not the base64 of a 32-byte Ed25519 public key.",
            "Copy the line that `watchpost register init` printed.",
        )
    return Ed25519PublicKey.from_public_bytes(raw)
