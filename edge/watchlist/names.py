"""Many short texts in two arrays: a million ids as Python strings would outweigh the templates.

In: texts. Out: the text at a place, and the place of a text among texts in rising order. Always:
what goes in comes out unchanged. Texts that are all UUIDs in their usual spelling take 16 bytes
each, others their UTF-8 bytes and an offset.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise
from uuid import UUID

import numpy as np
import numpy.typing as npt

UUID_BYTES = 16
_UUID_CHARACTERS = 36
_DASHES = (8, 13, 18, 23)
_NO_DIGIT = 255
_MASK = 2**64 - 1
_ODD = 0x9E3779B97F4A7C15  # 2⁶⁴ divided by the golden ratio: spreads what differs little
_BIG_ENDIAN = np.dtype(">u8")
_DIGIT = np.full(256, _NO_DIGIT, np.uint8)  # value of each lower-case hexadecimal digit
_DIGIT[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


class Names:
    """Texts by place; build with :meth:`of` or :meth:`of_uuids`.

    Args:
        block: their bytes, one after the other.
        starts: (count + 1,) where each begins; None: they are UUIDs of 16 bytes each.
    """

    __slots__ = ("_block", "_starts")

    def __init__(self, block: bytes, starts: npt.NDArray[np.uint64] | None) -> None:
        self._block = block
        self._starts = starts

    @classmethod
    def of(cls, texts: Iterable[str]) -> Names:
        """Keep texts in their order."""
        kept = list(texts)
        packed = _packed_uuids(kept)
        if packed is not None:
            return cls(packed, None)
        encoded = [text.encode() for text in kept]
        starts = np.zeros(len(encoded) + 1, np.uint64)
        np.cumsum([len(one) for one in encoded], out=starts[1:])
        return cls(b"".join(encoded), starts)

    @classmethod
    def of_uuids(cls, block: bytes) -> Names:
        """Keep UUIDs, 16 bytes each, big endian.

        Raises:
            ValueError: the block is no whole number of UUIDs.
        """
        if len(block) % UUID_BYTES:
            raise ValueError(f"{len(block)} bytes are no whole number of UUIDs")
        return cls(block, None)

    @property
    def block(self) -> bytes:
        """The bytes of all texts, one after the other."""
        return self._block

    @property
    def starts(self) -> npt.NDArray[np.uint64] | None:
        """(count + 1,) where each text begins in the block; None: UUIDs of 16 bytes each."""
        return self._starts

    def __len__(self) -> int:
        if self._starts is None:
            return len(self._block) // UUID_BYTES
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: int) -> str:
        if self._starts is None:
            return str(UUID(bytes=self._block[UUID_BYTES * place : UUID_BYTES * (place + 1)]))
        return self._block[int(self._starts[place]) : int(self._starts[place + 1])].decode()

    def rise(self) -> bool:
        """Whether each text is greater than the one before."""
        if self._starts is not None:
            return all(one < other for one, other in pairwise(self))
        high, low = self._halves()
        return bool(
            ((high[1:] > high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] > low[:-1]))).all()
        )

    def differ(self) -> bool:
        """Whether no two texts are the same."""
        if self._starts is not None:
            return len(set(self)) == len(self)
        high, low = self._halves()
        first = np.sort(high)
        if (first[1:] != first[:-1]).all():
            return True
        order = np.lexsort((low, high))
        high, low = high[order], low[order]
        return not ((high[1:] == high[:-1]) & (low[1:] == low[:-1])).any()

    def find(self, text: str) -> int | None:
        """The place of a text, where they rise; None when it is not among them."""
        place = bisect_left(self, text)
        return place if place < len(self) and self[place] == text else None

    def keys(self) -> npt.NDArray[np.uint64]:
        """A number for each text: the same for the same text, in this process and any ``Names``.

        Different texts may share one. UUIDs that rise have keys that do.
        """
        if self._starts is None:
            return self._halves()[0]
        return np.array([key_of(text) for text in self], np.uint64)

    def fingerprints(self) -> npt.NDArray[np.uint64]:
        """As :meth:`keys`, but different texts share one by a chance of 2⁻⁶⁴, and none rise."""
        if self._starts is None:
            high, low = self._halves()
            return high + low * np.uint64(_ODD)
        return np.array([_fingerprint(text) for text in self], np.uint64)

    def take(self, places: npt.NDArray[np.int64]) -> Names:
        """The texts at some places, in that order."""
        if self._starts is None:
            rows = np.frombuffer(self._block, np.uint8).reshape(-1, UUID_BYTES)
            return Names(rows[places].tobytes(), None)
        return Names.of(self[int(place)] for place in places)

    def _halves(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """The first and the last eight bytes of each UUID, as numbers."""
        halves = np.frombuffer(self._block, _BIG_ENDIAN).astype(np.uint64).reshape(-1, 2)
        return halves[:, 0], halves[:, 1]


def key_of(text: str) -> int:
    """A text's key in :meth:`Names.keys`; a UUID's is the same whatever its neighbours are."""
    return _halves_of(text)[0]


def _fingerprint(text: str) -> int:
    high, low = _halves_of(text)
    return (high + low * _ODD) & _MASK


def _halves_of(text: str) -> tuple[int, int]:
    packed = _packed_uuids([text])
    if packed is None:
        return hash(text) & _MASK, 0
    return int.from_bytes(packed[:8], "big"), int.from_bytes(packed[8:], "big")


def _packed_uuids(texts: list[str]) -> bytes | None:
    """The texts as 16 bytes each; None when one is not a UUID in its usual spelling."""
    together = "".join(texts)
    if not together.isascii() or set(map(len, texts)) != {_UUID_CHARACTERS}:
        return None
    characters = np.frombuffer(together.encode(), np.uint8).reshape(-1, _UUID_CHARACTERS)
    digits = _DIGIT[np.delete(characters, _DASHES, axis=1)]
    if (characters[:, _DASHES] != ord("-")).any() or (digits == _NO_DIGIT).any():
        return None
    return (digits[:, 0::2] << 4 | digits[:, 1::2]).tobytes()
