"""Identifiers that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

from __future__ import annotations

from datetime import datetime


def uuid7(moment: datetime, randomness: bytes) -> str:
    """A UUID version 7.

    Args:
        moment: its time, UTC; milliseconds are kept.
        randomness: 10 random bytes (``os.urandom(10)``).

    Raises:
        ValueError: not 10 random bytes.
    """
    if len(randomness) != 10:
        raise ValueError("a UUID version 7 takes 10 random bytes")
    noise = int.from_bytes(randomness, "big")
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    variant, low = 0b10 << 62, noise & ((1 << 62) - 1)
    number = milliseconds << 80 | 0x7 << 76 | (noise >> 68) << 64 | variant | low
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
