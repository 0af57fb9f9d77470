"""The columns of a segment's body as bytes: numbers, and texts.

In and out: arrays and :class:`edge.watchlist.names.Names` on one side, bytes on the other.
Always: nothing is allocated by a number from the bytes before it was compared with the bytes
at hand. That there is one spelling only for each column is ``segment.py``'s matter, which
encodes again what it decoded.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.watchlist.names import UUID_BYTES, Names

_TEXTS = struct.Struct("<BI")  # kind, bytes that follow
_LENGTH = np.dtype("<u2")
_UUID_CHARACTERS = 36
_MAX_TEXT_BYTES = 2**16 - 1


class Kind(IntEnum):
    """How a column of texts is written."""

    ABSENT = 0
    UUIDS = 1
    TEXTS = 2


class ColumnReader:
    """Takes columns from bytes, one after the other.

    Args:
        data: the bytes; arrays of single bytes are views of them.
    """

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes were not taken yet."""
        return len(self._data) - self._at

    def take(self, size: int) -> memoryview:
        """The next bytes.

        Raises:
            ValueError: there are not so many.
        """
        if not 0 <= size <= self.left:
            raise ValueError(f"{size} bytes are wanted and {self.left} left")
        self._at += size
        return self._data[self._at - size : self._at]

    def numbers(self, count: int, kind: npt.DTypeLike) -> npt.NDArray[Any]:
        """(count,) numbers.

        Raises:
            ValueError: there are not so many.
        """
        dtype = np.dtype(kind)
        return np.frombuffer(self.take(count * dtype.itemsize), dtype)

    def texts(self, count: int) -> Names | None:
        """A column of texts; None when it is absent.

        Raises:
            ValueError: it is cut short, has too many bytes, or is no UTF-8.
        """
        kind, size = _TEXTS.unpack(self.take(_TEXTS.size))
        body = ColumnReader(self.take(size))
        if kind == Kind.ABSENT and not size:
            return None
        if kind == Kind.UUIDS and size == count * UUID_BYTES:
            return Names.of_uuids(bytes(body.take(size)))
        if kind != Kind.TEXTS:
            raise ValueError("a column of texts is malformed")
        starts = np.zeros(count + 1, np.uint64)
        np.cumsum(body.numbers(count, _LENGTH), out=starts[1:])
        block = bytes(body.take(body.left))
        if int(starts[-1]) != len(block):
            raise ValueError("the lengths of a column's texts do not fit its bytes")
        block.decode()
        if not _begins(block)[starts.astype(np.int64)].all():
            raise ValueError("a text of a column ends within a character")
        names = Names(block, starts)
        # Texts of UUIDs are written as UUIDs, so whoever compares the bytes finds them out.
        return Names.of(names) if count and len(block) == count * _UUID_CHARACTERS else names


def characters(names: Names) -> npt.NDArray[np.int64]:
    """How many characters each text has."""
    if names.starts is None:
        return np.full(len(names), _UUID_CHARACTERS, np.int64)
    before = np.concatenate(([0], np.cumsum(_begins(names.block)[:-1])))
    return np.diff(before[names.starts.astype(np.int64)])


def _begins(block: bytes) -> npt.NDArray[np.bool_]:
    """(bytes + 1,) where in UTF-8 a character begins; at the end one could."""
    return np.append((np.frombuffer(block, np.uint8) & 0xC0) != 0x80, True)


def texts_as_bytes(names: Names | None) -> bytes:
    """A column of texts as :meth:`ColumnReader.texts` reads it.

    Raises:
        ValueError: a text has more than 65,535 bytes.
    """
    if names is None:
        return _TEXTS.pack(Kind.ABSENT, 0)
    starts = names.starts
    if starts is None and names.block:
        return _TEXTS.pack(Kind.UUIDS, len(names.block)) + names.block
    lengths = np.diff(starts.astype(np.int64)) if starts is not None else np.empty(0, np.int64)
    if len(lengths) and int(lengths.max()) > _MAX_TEXT_BYTES:
        raise ValueError("a text is too long")
    written = lengths.astype(_LENGTH).tobytes()
    return _TEXTS.pack(Kind.TEXTS, len(written) + len(names.block)) + written + names.block
