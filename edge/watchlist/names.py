"""Many short texts in two arrays: a million ids as Python strings would outweigh the templates.

In: texts. Out: the text at a place, and the place of a text in a sorted run. Always: what goes
in comes out unchanged. Texts that are all UUIDs in their usual spelling take 16 bytes each,
others their UTF-8 bytes and an offset.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast
from uuid import UUID

import numpy as np
import numpy.typing as npt

UUID_BYTES = 16
_UUID_CHARACTERS = 36


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
    if not texts or len(texts[0]) != _UUID_CHARACTERS:
        return None
    try:
        packed = [UUID(text) for text in texts]
    except ValueError:
        return None
    if any(str(one) != text for one, text in zip(packed, texts, strict=True)):
        return None
    return cast(bytes, b"".join(one.bytes for one in packed))
