"""What a box holds: the document whose replacement makes a new watchlist the active one.

In and out: JSON bytes of the manifest in force, which of its segments lie sealed on the box and
without whom, and the erasures that nobody has recorded yet. They stand in one document so that
one atomic replacement changes them all: an erasure is never known without its list, nor a list
without its erasures. The document is read only after it was unsealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from pydantic import AwareDatetime, ValidationError

from edge.errors import WatchlistError
from edge.values import Erasure
from edge.watchlist.limits import Row, SegmentId
from edge.watchlist.listing import Listing
from edge.watchlist.manifest import Manifest


class Held(Row):
    """A published segment as it lies on this box.

    Attributes:
        id: as published.
        segment: what is sealed here: the same, or what is left of it; None when nothing is.
        without: the entries that were taken out here.
    """

    id: SegmentId
    segment: SegmentId | None
    without: tuple[str, ...] = ()


class ErasureRow(Row):
    """An :class:`edge.values.Erasure` that waits to be recorded."""

    entry_id: str
    list_id: str
    version: int
    erased_at: AwareDatetime

    @classmethod
    def of(cls, erasure: Erasure) -> ErasureRow:
        """The row of an erasure."""
        return cls(
            entry_id=erasure.entry_id,
            list_id=erasure.list_id,
            version=erasure.version,
            erased_at=erasure.erased_at,
        )

    def value(self) -> Erasure:
        """The erasure of a row."""
        return Erasure(self.entry_id, self.list_id, self.version, self.erased_at)


class Active(Row):
    """The list in force.

    Attributes:
        trust: SHA-256 of the root that this box was given when it took the list.
        digest: SHA-256 of the manifest as signed.
        erasures: not yet recorded.
    """

    format: Literal[1] = 1
    trust: SegmentId
    digest: SegmentId
    manifest: Manifest
    held: tuple[Held, ...]
    erasures: tuple[ErasureRow, ...] = ()

    def segments(self) -> tuple[str, ...]:
        """Ids of what is sealed here."""
        return tuple(one.segment for one in self.held if one.segment is not None)

    def listing(self) -> Listing:
        """What the gallery is to hold."""
        return replace(self.manifest.listing, segments=self.segments())

    def without_erasures(self, recorded: Iterable[Erasure]) -> Active:
        """The same without the erasures that are recorded."""
        gone = {ErasureRow.of(one) for one in recorded}
        kept = tuple(one for one in self.erasures if one not in gone)
        return self.model_copy(update={"erasures": kept})

    def encode(self) -> bytes:
        """As JSON."""
        return self.model_dump_json().encode("utf-8")


def decode(data: bytes) -> Active:
    """Read an unsealed document.

    Raises:
        WatchlistError: it is of another format.
    """
    try:
        return Active.model_validate_json(data)
    except ValidationError as error:
        raise WatchlistError(
            "The box's record of its watchlist is of another release's format.",
            "Run `watchpost watchlist sync`, which fetches the list anew.",
        ) from error
