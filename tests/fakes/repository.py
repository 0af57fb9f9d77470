"""A signed repository in memory, for boxes under test: it implements python-tuf's fetcher port.

It signs with the same metadata API as the real publisher, and it can lie: tests change
``files``, swap them for older ones, or sign with keys that nobody trusts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadHTTPError
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.ngclient import FetcherInterface

from edge.values import Entry
from edge.watchlist import segment as segments
from edge.watchlist.manifest import (
    MANIFEST_TARGET,
    ListRow,
    Manifest,
    RevokedRow,
    SegmentRow,
    segment_target,
    write_manifest,
)
from edge.watchlist.table import table_of_entries
from tests.fakes.watchlists import LISTS, NOW, PACK

ROLES = ("root", "targets", "snapshot", "timestamp")
URL = "https://lists.example"
MONTH = timedelta(days=30)


class Signers:
    """One Ed25519 key for each role."""

    def __init__(self) -> None:
        self.of = {role: CryptoSigner.generate_ed25519() for role in ROLES}


class SimulatedRepository(FetcherInterface):
    """Publishes, and serves what it published."""

    def __init__(self, now: datetime = NOW, lasting: timedelta = MONTH) -> None:
        self.now = now
        self.lasting = lasting
        self.signers = Signers()
        self.version = 0
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.root = Root(expires=now + timedelta(days=3650), consistent_snapshot=True)
        for role in ROLES:
            self.root.add_key(self.signers.of[role].public_key, role)
        self.sign_root()

    @property
    def first_root(self) -> bytes:
        """What boxes are given."""
        return self.files["metadata/1.root.json"]

    def sign_root(self, *more: CryptoSigner) -> None:
        """Sign the root that stands now as its version."""
        signed = Metadata(self.root)
        for signer in (self.signers.of["root"], *more):
            signed.sign(signer, append=True)
        self.files[f"metadata/{self.root.version}.root.json"] = signed.to_bytes()

    def rotate(self, role: str) -> None:
        """Give a role a new key, by a new root that the old root's key signs too."""
        old = self.signers.of["root"]
        before = self.signers.of[role]
        after = self.signers.of[role] = CryptoSigner.generate_ed25519()
        self.root.revoke_key(before.public_key.keyid, role)
        self.root.add_key(after.public_key, role)
        self.root.version += 1
        self.sign_root(old)

    def publish(
        self,
        *groups: Sequence[Entry],
        revoked: Sequence[tuple[Entry, Sequence[Entry]]] = (),
        version: int | None = None,
        pack: str = PACK,
        expires: datetime | None = None,
    ) -> Manifest:
        """Publish a segment for each group; ``revoked`` are entries with their group."""
        self.version += 1
        made = [segments.encode(table_of_entries(pack, group)) for group in groups]
        rows = {
            segments.segment_id(data): (len(group), data)
            for group, data in zip(groups, made, strict=True)
        }
        gone = sorted((self.id_of(group, pack), entry.entry_id) for entry, group in revoked)
        manifest = Manifest(
            version=version or self.version,
            issued_at=self.now,
            expires_at=expires or self.now + self.lasting,
            pack=pack,
            dimensions=groups[0][0].templates.shape[1] if groups else 32,
            lists=tuple(
                ListRow(list_id=one.list_id, purpose=one.purpose, show_label=one.show_label)
                for one in LISTS
            ),
            segments=tuple(
                SegmentRow(id=name, entries=count, bytes=len(data))
                for name, (count, data) in sorted(rows.items())
            ),
            revoked=tuple(
                RevokedRow(entry_id=entry_id, list_id="guests", segment=name)
                for name, entry_id in gone
            ),
        )
        targets = {segment_target(name): data for name, (_, data) in rows.items()}
        self.sign({MANIFEST_TARGET: write_manifest(manifest), **targets})
        return manifest

    @staticmethod
    def id_of(group: Sequence[Entry], pack: str = PACK) -> str:
        """The segment id of a group."""
        return segments.segment_id(segments.encode(table_of_entries(pack, group)))

    def sign(self, targets: dict[str, bytes], signers: Signers | None = None) -> None:
        """Replace all targets, and sign the three online roles anew."""
        keys = (signers or self.signers).of
        expires, version = self.now + self.lasting, self.version
        self.files = {k: v for k, v in self.files.items() if k.endswith(".root.json")}
        listed = Targets(version=version, expires=expires)
        for path, data in targets.items():
            listed.targets[path] = TargetFile.from_data(path, data, ["sha256"])
            folder, slash, name = path.rpartition("/")
            digest = hashlib.sha256(data).hexdigest()
            self.files[f"targets/{folder}{slash}{digest}.{name}"] = data
        self._put(f"{version}.targets", listed, keys["targets"])
        snapshot = Snapshot(version=version, expires=expires)
        snapshot.meta["targets.json"] = MetaFile(version=version)
        self._put(f"{version}.snapshot", snapshot, keys["snapshot"])
        timestamp = Timestamp(version=version, expires=expires)
        timestamp.snapshot_meta = MetaFile(version=version)
        self._put("timestamp", timestamp, keys["timestamp"])

    def _put(self, name: str, signed: Targets | Snapshot | Timestamp, key: CryptoSigner) -> None:
        metadata = Metadata(signed)
        metadata.sign(key)
        self.files[f"metadata/{name}.json"] = metadata.to_bytes()

    def write(self, folder: Path) -> None:
        """Put the files where a web server or a path can serve them."""
        for path, data in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = urlsplit(url).path.removeprefix("/")
        self.asked.append(path)
        if path not in self.files:
            raise DownloadHTTPError(f"no {path}", 404)
        yield self.files[path]
