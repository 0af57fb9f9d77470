"""What a published watchlist consists of: the small document that TUF's targets metadata signs.

In and out: :class:`Manifest` and its bytes, and the segments it lists. Always: a manifest has
one spelling, and within its bounds; a segment is taken only as the manifest lists it: its id is
the SHA-256 of its bytes, its pack and dimensions are the manifest's. ``revoked`` names entries
that are withdrawn although a listed segment still holds them: nobody may match them. Signatures,
rollback and freshness of the repository are TUF's matter.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError

from edge.errors import WatchlistError
from edge.values import ListInfo
from edge.watchlist.limits import (
    MAX_DIMENSIONS,
    MAX_LISTS,
    MAX_PURPOSE,
    MAX_REVOKED,
    MAX_SEGMENT_BYTES,
    MAX_SEGMENT_ENTRIES,
    MAX_SEGMENTS,
    MAX_VERSION,
    Id,
    ListId,
    Moment,
    PackId,
    Row,
    SegmentId,
    first_fault,
)
from edge.watchlist.listing import Listing
from edge.watchlist.segment import decode, segment_id
from edge.watchlist.table import EntryTable

Key = TypeVar("Key", str, tuple[str, str])

MANIFEST_TARGET = "watchlist.json"
MAX_MANIFEST_BYTES = 4 * 1024 * 1024


def segment_target(name: str) -> str:
    """A segment's path among the repository's targets."""
    return f"segments/{name}.segment"


class ListRow(Row):
    """One list's scope."""

    list_id: ListId
    purpose: Annotated[str, Field(min_length=1, max_length=MAX_PURPOSE)]
    show_label: bool
    require_presence: bool = False
    evidence: bool = False


class SegmentRow(Row):
    """One segment."""

    id: SegmentId
    entries: Annotated[int, Field(ge=1, le=MAX_SEGMENT_ENTRIES)]
    bytes: Annotated[int, Field(ge=1, le=MAX_SEGMENT_BYTES)]


class RevokedRow(Row):
    """An entry that is withdrawn and still in a listed segment."""

    entry_id: Id
    list_id: ListId
    segment: SegmentId


class Manifest(Row):
    """One version of the watchlist.

    Attributes:
        version: rises with every publishing.
        issued_at: UTC time of publishing.
        expires_at: UTC time from which a box no longer trusts it.
        pack: ``id@version`` of the pack that made all templates.
        dimensions: of all templates; 0 when there are no segments.
        lists: the lists that entries may name.
        segments: by id, each once.
        revoked: by segment and entry, each once.
    """

    format: Literal[1] = 1
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)]
    issued_at: Moment
    expires_at: Moment
    pack: PackId
    dimensions: Annotated[int, Field(ge=0, le=MAX_DIMENSIONS)]
    lists: Annotated[tuple[ListRow, ...], Field(max_length=MAX_LISTS)]
    segments: Annotated[tuple[SegmentRow, ...], Field(max_length=MAX_SEGMENTS)]
    revoked: Annotated[tuple[RevokedRow, ...], Field(max_length=MAX_REVOKED)]

    @property
    def listing(self) -> Listing:
        """What a gallery needs of it; the segments' entries are to lack the revoked ones."""
        return Listing(
            version=self.version,
            pack=self.pack,
            expires_at=self.expires_at,
            lists=tuple(
                ListInfo(x.list_id, x.purpose, x.show_label, x.require_presence, x.evidence)
                for x in self.lists
            ),
            segments=tuple(x.id for x in self.segments),
        )

    @property
    def entries(self) -> int:
        """How many entries count."""
        return sum(one.entries for one in self.segments) - len(self.revoked)

    def revoked_of(self, segment: str) -> frozenset[str]:
        """Ids of the withdrawn entries that a listed segment still holds."""
        return frozenset(one.entry_id for one in self.revoked if one.segment == segment)

    def open(self, row: SegmentRow, data: bytes) -> EntryTable:
        """Read a segment that this manifest lists.

        Returns:
            All entries of the segment, the revoked ones too.

        Raises:
            WatchlistError: these are not the bytes that are listed, or they are of another pack.
        """
        if len(data) != row.bytes or segment_id(data) != row.id:
            raise WatchlistError(
                f"Segment {row.id[:16]} of the watchlist was altered or cut short.",
                "Fetch it again, or publish the list again.",
            )
        table = decode(data)
        if table.pack != self.pack:
            raise WatchlistError(
                f"A segment's templates were made with pack {table.pack}; the list is for pack "
                f"{self.pack}.",
                "Publish the list again with `watchpost register publish`.",
            )
        if table.templates.shape[1] != self.dimensions or len(table.enrolled) != row.entries:
            raise _unusable(f"segment {row.id[:16]} is not as it is described")
        if not {x.list_id for x in self.lists}.issuperset(table.enrolled.lists):
            raise _unusable(f"segment {row.id[:16]} names a list that is not described")
        return table


def write_manifest(manifest: Manifest) -> bytes:
    """The bytes to publish.

    Raises:
        WatchlistError: it contradicts itself or is too large.
    """
    _check(manifest)
    data = manifest.model_dump_json().encode()
    if len(data) > MAX_MANIFEST_BYTES:
        raise _unusable(f"it has {len(data)} bytes; the limit is {MAX_MANIFEST_BYTES}")
    return data


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest, whose signature the caller has verified.

    Raises:
        WatchlistError: it is too large, malformed, not in canonical form, or of another format.
    """
    if len(data) > MAX_MANIFEST_BYTES:
        raise _unusable(f"it has {len(data)} bytes; the limit is {MAX_MANIFEST_BYTES}")
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise _unusable(first_fault(error)) from error
    if write_manifest(manifest) != data:
        raise _unusable("it is not in canonical form")
    return manifest


def _check(manifest: Manifest) -> None:
    lists = [one.list_id for one in manifest.lists]
    segments = [one.id for one in manifest.segments]
    revoked = [(one.segment, one.entry_id) for one in manifest.revoked]
    if not (_rise(lists) and _rise(segments) and _rise(revoked)):
        raise _unusable("its lists, segments or revoked entries are not in order, each once")
    if not set(segments).issuperset(one.segment for one in manifest.revoked):
        raise _unusable("an entry is revoked in a segment that is not listed")
    if bool(segments) != bool(manifest.dimensions):
        raise _unusable("its number of dimensions does not fit its segments")
    if manifest.issued_at >= manifest.expires_at:
        raise _unusable("it expires before it was issued")


def _rise(found: list[Key]) -> bool:
    return found == sorted(set(found))


def _unusable(what: str) -> WatchlistError:
    return WatchlistError(
        f"The watchlist's manifest is not usable: {what}.",
        "Publish the list again with `watchpost register publish` of the same release.",
    )
