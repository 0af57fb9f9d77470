"""The signed watchlist file: bytes to values and back; nothing here opens a file.

``docs/watchlist-format.md`` shows it byte by byte. The rules of reading, in this order:

1. No length in the file is believed before it was compared with its bound and with the
   number of bytes at hand; nothing is allocated by a number that was not checked.
2. The signature covers every byte before it, and is verified before the header is parsed.
3. A header is accepted in its canonical form only (``header.py``).
4. A template row is accepted only as :func:`edge.watchlist.quantise.quantise` makes it.

Whether the list is newer than the last one, for this pack, or expired is ``store.py``'s
matter. There is one format version; the file says so and others are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from edge.errors import WatchlistError
from edge.values import Watchlist
from edge.watchlist import header as headers
from edge.watchlist.keys import KEY_ID_BYTES, key_id
from edge.watchlist.quantise import PEAK, Int8s, quantise, restore

MAGIC = b"WATCHLST"
FORMAT_VERSION = 1
SIGNATURE_BYTES = 64
MAX_BYTES = 2**31
MAX_HEADER_BYTES = 512 * 1024 * 1024

# magic, format version, header bytes, template bytes, key id; little endian.
_FRONT = struct.Struct(f"<8sIIQ{KEY_ID_BYTES}s")
_AGAIN = "Fetch it again, or publish it again with `watchpost register publish`."


@dataclass(frozen=True, slots=True)
class _Front:
    header_bytes: int
    template_bytes: int
    key_id: bytes

    @property
    def signed_bytes(self) -> int:
        return _FRONT.size + self.header_bytes + self.template_bytes


def encode(watchlist: Watchlist, key: Ed25519PrivateKey) -> bytes:
    """Write and sign a watchlist.

    Raises:
        WatchlistError: a value is outside the format's bounds.
    """
    header = headers.describe(watchlist)
    head = header.encode()
    block = _quantised(watchlist).tobytes()
    front = _FRONT.pack(MAGIC, FORMAT_VERSION, len(head), len(block), key_id(key.public_key()))
    signed = front + head + block
    if len(head) > MAX_HEADER_BYTES or len(signed) + SIGNATURE_BYTES > MAX_BYTES:
        raise WatchlistError(
            f"The watchlist would take {len(signed)} bytes, more than {MAX_BYTES}.",
            "Publish it in parts, by site.",
        )
    return signed + key.sign(signed)


def verify(data: bytes, keys: Sequence[Ed25519PublicKey]) -> Watchlist:
    """Check a watchlist file and read it.

    Args:
        data: the whole file.
        keys: the keys whose signature counts.

    Returns:
        The list; the entries' templates are rows of one float32 array.

    Raises:
        WatchlistError: the file is unsigned, signed by another key, altered, truncated,
            too large, not a watchlist, of another format version, or malformed.
    """
    front = _front(data)
    _check_signature(data, front, keys)
    end = _FRONT.size + front.header_bytes
    header = headers.parse(data[_FRONT.size : end])
    rows = _rows(memoryview(data)[end : front.signed_bytes], header)
    return headers.build(header, restore(rows))


def _front(data: bytes) -> _Front:
    if len(data) > MAX_BYTES:
        raise WatchlistError(
            f"The watchlist has {len(data)} bytes, more than the limit of {MAX_BYTES}.",
            "Publish it in parts, by site.",
        )
    if data[: len(MAGIC)] != MAGIC[: len(data)] or not data:
        raise WatchlistError("This is not a watchlist file.", "Check the path or address.")
    if len(data) < _FRONT.size:
        raise _truncated(len(data), _FRONT.size)
    _, version, header_bytes, template_bytes, who = _FRONT.unpack_from(data)
    if version != FORMAT_VERSION:
        raise WatchlistError(
            f"The watchlist has format version {version}; this release reads {FORMAT_VERSION}.",
            "Update watchpost on the box or on the operator's machine, whichever is older.",
        )
    front = _Front(header_bytes, template_bytes, who)
    _check_lengths(len(data), front)
    return front


def _check_lengths(found: int, front: _Front) -> None:
    if front.header_bytes > MAX_HEADER_BYTES or front.signed_bytes > MAX_BYTES:
        raise WatchlistError(
            f"The watchlist announces {front.header_bytes} header and {front.template_bytes} "
            f"template bytes, more than the limits of {MAX_HEADER_BYTES} and {MAX_BYTES}.",
            _AGAIN,
        )
    wanted = front.signed_bytes + SIGNATURE_BYTES
    if found == front.signed_bytes:
        raise _unsigned()
    if found < wanted:
        raise _truncated(found, wanted)
    if found > wanted:
        raise WatchlistError(
            f"The watchlist has {found - wanted} bytes after its end.",
            _AGAIN,
        )


def _check_signature(data: bytes, front: _Front, keys: Sequence[Ed25519PublicKey]) -> None:
    signature = data[front.signed_bytes :]
    if not any(signature):
        raise _unsigned()
    key = next((k for k in keys if key_id(k) == front.key_id), None)
    if key is None:
        raise WatchlistError(
            f"The watchlist is signed with key {front.key_id.hex()}, which this box does not know.",
            "If the operator's key is new, add its public key to watchlist.keys.",
        )
    try:
        key.verify(signature, memoryview(data)[: front.signed_bytes])
    except InvalidSignature as error:
        raise WatchlistError(
            "The watchlist was altered after it was signed: its signature does not fit.", _AGAIN
        ) from error


def _rows(block: memoryview, header: headers.Header) -> Int8s:
    if len(block) != header.rows * header.dimensions:
        raise WatchlistError(
            f"The watchlist's template block has {len(block)} bytes, but its header describes "
            f"{header.rows} rows of {header.dimensions}.",
            _AGAIN,
        )
    rows = np.frombuffer(block, dtype=np.int8).reshape(header.rows, header.dimensions)
    if header.rows and not ((rows.max(axis=1) == PEAK) | (rows.min(axis=1) == -PEAK)).all():
        raise _bad_rows()
    if header.rows and rows.min() < -PEAK:
        raise _bad_rows()
    return rows


def _quantised(watchlist: Watchlist) -> Int8s:
    if not watchlist.entries:
        return np.empty((0, 0), dtype=np.int8)
    try:
        return quantise(np.concatenate([entry.templates for entry in watchlist.entries]))
    except ValueError as error:
        raise _bad_rows() from error


def _unsigned() -> WatchlistError:
    return WatchlistError(
        "The watchlist carries no signature.",
        "Publish it with `watchpost register publish`, which signs it.",
    )


def _truncated(found: int, wanted: int) -> WatchlistError:
    return WatchlistError(f"The watchlist ends after {found} of {wanted} bytes.", _AGAIN)


def _bad_rows() -> WatchlistError:
    return WatchlistError(
        f"A template row of the watchlist is not scaled to {PEAK}, zero or not finite.", _AGAIN
    )
