"""What a box's gallery is to hold: the manifest's view of a version, without any template.

In: the fields of a verified manifest. Out: :class:`Listing`, which ``Gallery.replace`` takes
together with a way to load a segment. Always: segments are named once each, by their ids, and
an id names the same bytes for ever, so that a segment that is held is never loaded again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.values import ListInfo


@dataclass(frozen=True, slots=True)
class Listing:
    """One version of the watchlist.

    Attributes:
        version: rises with every publishing.
        pack: ``id@version`` of the pack that made the templates.
        expires_at: UTC time from which nobody matches.
        lists: the lists that entries may name; a label is told only where its list shows labels.
        segments: ids of the segments that hold the entries, each once.

    Raises:
        ValueError: a segment is named twice, or ``expires_at`` has no time zone.
    """

    version: int
    pack: str
    expires_at: datetime
    lists: tuple[ListInfo, ...]
    segments: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs a time zone")
        if len(set(self.segments)) != len(self.segments):
            raise ValueError("a listing names a segment twice")
