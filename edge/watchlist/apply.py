"""From what the repository offers to the list in force.

In: an offer, the list before, the time. Out: the new list in force, and who was erased. The
order is what makes a power cut harmless:

1. The manifest is checked: format, pack, expiry, size, and that it is newer than the one before.
2. Every segment is brought to the box, sealed, beside the old ones: taken as it lies here if it
   does, fetched if it does not; withdrawn entries are taken out before anything is sealed.
3. ``active.sealed`` is replaced. From here on the new list is in force.
4. What the new list does not need is removed.

Whatever fails before step 3 changes nothing; what is left over then is used by the next try or
removed by it. Entries that are gone from the touched segments are erasures, whether the manifest
withdrew them or they were published no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from edge.errors import WatchlistError
from edge.watchlist import segment as segments
from edge.watchlist.active import Active, ErasureRow, Held
from edge.watchlist.manifest import Manifest, SegmentRow, segment_target
from edge.watchlist.store import SealedStore
from edge.watchlist.table import EntryTable

MAX_AHEAD = timedelta(days=1)  # how far the operator's clock may be before the box's


class Targets(Protocol):
    """What the repository offers; see :class:`edge.watchlist.repository.Offer`."""

    def target(self, name: str, max_bytes: int) -> bytes:
        """Fetch a target, verified.

        Raises:
            WatchlistError: it cannot be had as signed.
        """
        ...


class Applier:
    """Brings the box to a manifest.

    Args:
        store: where the list lies.
        pack: ``id@version`` of the pack this box runs.
        max_bytes: the largest list to take.
    """

    def __init__(self, store: SealedStore, pack: str, max_bytes: int) -> None:
        self._store = store
        self._pack = pack
        self._max_bytes = max_bytes

    def check(self, fresh: Manifest, now: datetime) -> None:
        """Whether a manifest may come into force at all.

        Raises:
            WatchlistError: it is for another pack, expired, dated in the future, or too large.
        """
        check_pack(fresh, self._pack)
        if now >= fresh.expires_at:
            raise WatchlistError(
                f"Watchlist version {fresh.version} expired at {fresh.expires_at.isoformat()}.",
                "Publish a new one with `watchpost register publish`; the active list stays.",
            )
        if fresh.issued_at > now + MAX_AHEAD:
            raise WatchlistError(
                f"Watchlist version {fresh.version} is dated {fresh.issued_at.isoformat()}, "
                f"but here it is {now.isoformat()}.",
                "Set the clock of the box, or of the operator's machine and publish again.",
            )
        size = sum(one.bytes for one in fresh.segments)
        if size > self._max_bytes:
            raise WatchlistError(
                f"Watchlist version {fresh.version} has {size} bytes, more than {self._max_bytes}.",
                "Raise watchlist.max_bytes, or publish fewer people, by site.",
            )

    def apply(
        self,
        fresh: Manifest,
        digest: str,
        trust: str,
        offer: Targets,
        before: Active | None,
        now: datetime,
    ) -> Active:
        """Make a checked manifest the list in force.

        Args:
            fresh: the manifest.
            digest: its SHA-256 as signed.
            trust: SHA-256 of the root it was verified under.
            offer: gives its segments.
            before: what lies on the box, if it opens.
            now: UTC time, for the record of erasures.

        Raises:
            WatchlistError: a segment cannot be had, is not what it should be, or the medium
                refuses; the list before stays in force.
        """
        known = {one.id: one for one in before.held} if before else {}
        held = tuple(self._bring(one, known.get(one.id), fresh, offer) for one in fresh.segments)
        active = Active(trust=trust, digest=digest, manifest=fresh, held=held)
        waiting = before.erasures if before else ()
        erased = self._erased(before, active, now)
        active = active.model_copy(update={"erasures": (*waiting, *erased)})
        self._store.activate(active)
        self._store.tidy(active)
        return active

    def _bring(
        self,
        wanted: SegmentRow,
        known: Held | None,
        fresh: Manifest,
        offer: Targets,
    ) -> Held:
        """Have a segment sealed on the box, without those who were withdrawn from it."""
        withdrawn = fresh.revoked_of(wanted.id)
        without = tuple(sorted(withdrawn))
        if known is not None and known.without == without and self._has(known.segment):
            return known
        if not withdrawn and self._store.holds(wanted.id):
            return Held(id=wanted.id, segment=wanted.id)
        table = self._table(wanted, withdrawn, known, fresh, offer)
        left = segments.without(table, withdrawn)
        if not len(left.enrolled):
            return Held(id=wanted.id, segment=None, without=without)
        data = segments.encode(left)
        name = segments.segment_id(data)
        self._store.put(name, data)
        return Held(id=wanted.id, segment=name, without=without)

    def _has(self, segment_id: str | None) -> bool:
        return segment_id is None or self._store.holds(segment_id)

    def _table(
        self,
        wanted: SegmentRow,
        withdrawn: frozenset[str],
        known: Held | None,
        fresh: Manifest,
        offer: Targets,
    ) -> EntryTable:
        """The entries of a segment: all, or those that were left here of it."""
        if self._store.holds(wanted.id):
            return self._store.segment(wanted.id)
        left = known.segment if known and withdrawn.issuperset(known.without) else None
        if left is not None and self._store.holds(left):
            return self._store.segment(left)
        return fresh.open(wanted, offer.target(segment_target(wanted.id), wanted.bytes))

    def _erased(
        self, before: Active | None, after: Active, now: datetime
    ) -> tuple[ErasureRow, ...]:
        if before is None:
            return ()
        old, new = set(before.segments()), set(after.segments())
        gone = self._entries(old - new)
        for still_here in self._entries(new - old) if gone else ():
            gone.pop(still_here, None)
        return tuple(
            ErasureRow(
                entry_id=entry_id, list_id=list_id, version=after.manifest.version, erased_at=now
            )
            for entry_id, list_id in gone.items()
        )

    def _entries(self, segment_ids: Iterable[str]) -> dict[str, str]:
        """Who is in these sealed segments, and on which list; a damaged one tells nothing."""
        found: dict[str, str] = {}
        for one in segment_ids:
            if self._store.holds(one):
                enrolled = self._store.segment(one).enrolled
                lists = (enrolled.lists[number] for number in enrolled.list_of_entry)
                found |= dict(zip(enrolled.entry_ids, lists, strict=True))
        return found


def check_pack(manifest: Manifest, pack: str) -> None:
    """Whether a list was made with the pack that this box runs.

    Raises:
        WatchlistError: it was not; both are named.
    """
    if manifest.pack != pack:
        raise WatchlistError(
            f"The watchlist was made with pack {manifest.pack}, but this box runs pack {pack}.",
            "Set pack.name to the list's pack, or enrol the people again with the box's pack.",
        )
