"""Publishing a revocation at once, wherever the register has published.

In: an open register, the entries that were erased from it. Out: for each destination a new
version. Always: it is the version before with a few more ``revoked`` entries, so boxes fetch a
manifest and metadata, no segment; only a manifest that is the one this register wrote last is
carried on, or else everything is published. The segments lose the entries with the next
``publish``, which makes the same bytes of them that boxes have made for themselves by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge.errors import RegisterError, WatchlistError, WatchpostError
from edge.register.database import Enrolment, Register
from edge.register.destinations import Destination, destinations, publishing
from edge.register.publish import VERSION, publish, use_version
from edge.register.release import Release
from edge.register.repository import RepositoryFolder
from edge.register.upload import server_of
from edge.watchlist.limits import MAX_REVOKED
from edge.watchlist.manifest import Manifest, RevokedRow
from edge.watchlist.names import key_of
from edge.watchlist.segment import decode


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What became of a revocation at a destination.

    Attributes:
        folder: which.
        version: that revokes the entries; None when nothing had to go out, or nothing could.
        written_bytes: of the files that were written.
        problem: why nothing could go out; None otherwise.
    """

    folder: Path
    version: int | None
    written_bytes: int = 0
    problem: WatchpostError | None = None


def withdraw(
    register: Register, gone: Sequence[Enrolment], online_passphrase: str | None = None
) -> tuple[Withdrawn, ...]:
    """Publish a revocation to all destinations of a register.

    Args:
        register: the entries are erased from it already.
        gone: what was erased.
        online_passphrase: opens the online key, when it was made with one.

    Returns:
        One for each destination; a destination that fails does not stop the others.
    """
    return tuple(_at(register, gone, one, online_passphrase) for one in destinations(register))


def _at(
    register: Register, gone: Sequence[Enrolment], at: Destination, online_passphrase: str | None
) -> Withdrawn:
    try:
        if not at.folder.is_dir():
            raise RegisterError(
                f"{at.folder} is not there.",
                "Publish there when it is back, or give it up with `watchpost register publish "
                f"--forget {at.folder}`.",
            )
        with publishing(register):
            made = _small(register, gone, at, online_passphrase)
        if made is not None:
            return made
        done = publish(
            register, at.folder, at.valid_for, at.sites, online_passphrase=online_passphrase
        )
        return Withdrawn(at.folder, done.version, done.written_bytes)
    except WatchpostError as error:
        return Withdrawn(at.folder, None, problem=error)


def _small(
    register: Register, gone: Sequence[Enrolment], at: Destination, online_passphrase: str | None
) -> Withdrawn | None:
    """The small way; None when only a whole publishing will do."""
    repository, server = RepositoryFolder(at.folder), server_of(register, at.folder)
    if server:
        server.bring_timestamp(at.folder)
    live = repository.live(register.keys.roots())
    manifest = repository.manifest(at.manifest)
    if live is None or manifest is None or not live.ours:
        return None
    if not live.version == manifest.version == at.version:
        return None
    rows = _rows(repository, manifest, gone)
    if rows is None or len(manifest.revoked) + len(rows) > MAX_REVOKED:
        return None
    if not rows:
        return Withdrawn(at.folder, None)
    signer = register.keys.online_signer(online_passphrase)
    with register.change():
        now = register.clock.utc()
        revoked = {(one.segment, one.entry_id): one for one in (*manifest.revoked, *rows)}
        version = max(int(register.setting(VERSION) or 0), live.version) + 1
        made = manifest.model_copy(
            update={
                "version": version,
                "issued_at": now,
                "expires_at": now + at.valid_for,
                "revoked": tuple(revoked[key] for key in sorted(revoked)),
            }
        )
        release = Release(made, {}, register.keys.root_files(), signer)
        use_version(register, release, replace(at, version=version, manifest=release.sha256))
    written = repository.write(release, live)
    return Withdrawn(at.folder, version, server.send(at.folder) if server else written)


def _rows(
    repository: RepositoryFolder, manifest: Manifest, gone: Sequence[Enrolment]
) -> list[RevokedRow] | None:
    """Where the entries lie; None when a segment cannot be read."""
    lists = {one.entry_id: one.list_id for one in gone}
    keys = np.array([key_of(one) for one in lists], np.uint64)
    found: list[RevokedRow] = []
    for row in manifest.segments:
        data = repository.segment(row.id)
        if data is None:
            return None
        try:
            ids = decode(data).enrolled.entry_ids
        except WatchlistError:
            return None
        for place in np.flatnonzero(np.isin(ids.keys(), keys)).tolist():
            if (entry := ids[place]) in lists:
                found.append(RevokedRow(entry_id=entry, list_id=lists[entry], segment=row.id))
    return found
