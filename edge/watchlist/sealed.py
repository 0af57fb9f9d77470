"""Sealing: AES-256-GCM over a file, bound to the file's own name.

In and out: bytes; nothing here opens a file. A sealed file is 8 bytes that say what it is, a
nonce of 12 bytes, and what AES-GCM makes of the contents (with a tag of 16 bytes). Always: each
sealing draws a new nonce; the name is associated data, so that one sealed file cannot stand in
for another. It does not hide sizes, and an older sealed file of the same name still opens.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import WatchlistError

MAGIC = b"WPSEAL\x00\x01"
NONCE_BYTES = 12
OVERHEAD_BYTES = len(MAGIC) + NONCE_BYTES + 16


def seal(key: bytes, name: str, data: bytes) -> bytes:
    """Encrypt ``data`` so that only :func:`unseal` with this key and name gives it back."""
    nonce = os.urandom(NONCE_BYTES)
    return MAGIC + nonce + AESGCM(key).encrypt(nonce, data, _bound_to(name))


def unseal(key: bytes, name: str, sealed: bytes) -> bytes:
    """What was sealed.

    Raises:
        WatchlistError: it was altered, cut short, sealed with another key, or is another file.
    """
    nonce, body = sealed[len(MAGIC) :][:NONCE_BYTES], sealed[len(MAGIC) + NONCE_BYTES :]
    try:
        if not sealed.startswith(MAGIC) or len(sealed) < OVERHEAD_BYTES:
            raise InvalidTag
        return AESGCM(key).decrypt(nonce, body, _bound_to(name))
    except InvalidTag as error:
        raise WatchlistError(
            f"The sealed file {name} does not open: it was damaged, or sealed with another key.",
            "Nothing to do if the box reaches watchlist.source: it fetches the list anew by "
            "itself. To do it now, run `watchpost watchlist sync`.",
        ) from error


def _bound_to(name: str) -> bytes:
    return MAGIC + name.encode("utf-8")
