"""Many short texts in two arrays: a million ids as Python strings would outweigh the templates.

In: texts. Out: the text at a place, and the place of a text in a sorted run. Always: what goes
in comes out unchanged. Texts that are all UUIDs in their usual spelling take 16 bytes each,
others their UTF-8 bytes and an offset.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import numpy as np
import numpy.typing as npt

UUID_BYTES = 16
_UUID_CHARACTERS = 36
_DASHES = (8, 13, 18, 23)
_NO_DIGIT = 255
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

    def __len__(self) -> int:
        if self._starts is None:
            return len(self._block) // UUID_BYTES
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> str:
        if self._starts is None:
            return str(UUID(bytes=self._block[UUID_BYTES * place : UUID_BYTES * (place + 1)]))
        return self._block[int(self._starts[place]) : int(self._starts[place + 1])].decode()

    def take(self, places: npt.NDArray[np.int64]) -> Names:
        """The texts at some places, in that order."""
        if self._starts is None:
            rows = np.frombuffer(self._block, np.uint8).reshape(-1, UUID_BYTES)
            return Names(rows[places].tobytes(), None)
        return Names.of(self[int(place)] for place in places)


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
