"""Records what other processes than the recogniser have to tell: erasures and reviews.

In: erasures from the watchlist, reviews from the page. Out: rows of the same spool, with numbers
of the same sequence. Always: flushed before the call returns; the same note twice is one row. A
spool that is missing or damaged is refused and left alone; the caller tries again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from edge.report.spool_bounds import Bounds, Room
from edge.report.spool_file import to_ms
from edge.report.spool_follow import FollowedSpool
from edge.report.spool_rows import Draft, erasure_draft, review_draft, store
from edge.report.spool_trouble import not_made_yet
from edge.runtime.clock import Clock
from edge.values import Erasure, Review


class NoteWriter:
    """Appends notes to the spool; used from one thread at a time.

    Args:
        path: the file.
        bounds: how large it may grow.
        site: where the box is.
        box: which box.
        clock: time, for records.
    """

    def __init__(self, path: Path, bounds: Bounds, *, site: str, box: str, clock: Clock) -> None:
        self._path = path
        self._room = Room(path, bounds, clock)
        self._site = site
        self._box = box
        self._clock = clock
        self._spool = FollowedSpool(path, synchronous="FULL")

    def record_erasures(self, erasures: Iterable[Erasure]) -> None:
        """Store erasures for good, all or none; pictures of those entries go with it.

        Raises:
            SpoolError: they are not stored.
        """
        known = list(erasures)
        drafts = [erasure_draft(self._site, self._box, one) for one in known]
        self._append(drafts, erased=[one.entry_id for one in known])

    def record_review(self, review: Review) -> None:
        """Store a review for good.

        Raises:
            SpoolError: it is not stored.
        """
        self._append([review_draft(self._site, self._box, review)])

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._spool.close()

    def _append(self, drafts: Sequence[Draft], erased: Sequence[str] = ()) -> None:
        if not drafts:
            return
        now_ms = to_ms(self._clock.utc())
        with self._spool.change() as connection:
            if connection is None:
                raise not_made_yet(self._path)
            self._room.make(connection, drafts, now_ms)
            store(connection, drafts, now_ms)
            connection.executemany(
                "DELETE FROM evidence WHERE entry_id = ?", [(one,) for one in erased]
            )
