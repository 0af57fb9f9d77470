"""One published version, signed: the files that make it, in the order in which they are written.

In: a manifest, the segments that are new, the register's roots, what signs. Out: names within the
repository and bytes. Always: targets, snapshot, timestamp and manifest carry the same version
and end at the same moment; the timestamp comes last; what a file refers to comes before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # public, not listed
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from edge.watchlist.manifest import MANIFEST_TARGET, Manifest, segment_target, write_manifest

_COMPACT = JSONSerializer(compact=True)
Role = TypeVar("Role", Targets, Snapshot, Timestamp)


class Release:
    """A signed version.

    Args:
        manifest: what it consists of.
        new: bytes of the segments that are not in the repository yet, by id.
        roots: all roots, the first one first.
        signer: the online key.
    """

    def __init__(
        self,
        manifest: Manifest,
        new: dict[str, bytes],
        roots: Sequence[bytes],
        signer: CryptoSigner,
    ) -> None:
        self.manifest = manifest
        self.manifest_bytes = write_manifest(manifest)
        self.sha256 = hashlib.sha256(self.manifest_bytes).hexdigest()
        self._new = new
        self._roots = roots
        self._signer = signer

    @property
    def version(self) -> int:
        """Of the release."""
        return self.manifest.version

    def files(self) -> Iterator[tuple[str, bytes]]:
        """All files that are to be written, in order."""
        for name, data in self._new.items():
            yield f"targets/segments/{name}.{name}.segment", data
        yield f"targets/{self.sha256}.{MANIFEST_TARGET}", self.manifest_bytes
        for number, root in enumerate(self._roots, start=1):
            yield f"metadata/{number}.root.json", root
        yield from self._metadata()

    def _metadata(self) -> Iterator[tuple[str, bytes]]:
        version, expires = self.version, _whole_second(self.manifest.expires_at)
        targets = self._signed(Targets(version, expires=expires, targets=self._targets()))
        yield f"metadata/{version}.targets.json", targets
        meta = {"targets.json": _meta_file(version, targets)}
        snapshot = self._signed(Snapshot(version, expires=expires, meta=meta))
        yield f"metadata/{version}.snapshot.json", snapshot
        snapshot_meta = _meta_file(version, snapshot)
        timestamp = Timestamp(version, expires=expires, snapshot_meta=snapshot_meta)
        yield "metadata/timestamp.json", self._signed(timestamp)

    def _targets(self) -> dict[str, TargetFile]:
        size = len(self.manifest_bytes)
        found = {MANIFEST_TARGET: TargetFile(size, {"sha256": self.sha256}, MANIFEST_TARGET)}
        for row in self.manifest.segments:
            name = segment_target(row.id)
            found[name] = TargetFile(row.bytes, {"sha256": row.id}, name)
        return found

    def _signed(self, role: Role) -> bytes:
        made = Metadata(role)
        made.sign(self._signer)
        return made.to_bytes(_COMPACT)


def _meta_file(version: int, data: bytes) -> MetaFile:
    return MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})


def _whole_second(moment: datetime) -> datetime:
    """TUF's times have no parts of a second."""
    return moment.replace(microsecond=0)
