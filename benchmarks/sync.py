"""How many bytes, and how long, a box needs to follow a watchlist of a million entries.

A real register's keys and release code write the repository; a local web server serves it and
counts; the box is the real report process, told by a real mosquitto; a gallery looks at what it
puts into force as the recognise process does. The entries are drawn at random and put into the
repository directly, without a register of a million people behind it; the revocation goes the
whole way that ``watchpost register revoke`` goes once the entry is erased from the database.
Four things happen: the first sync, 0.1 % more people, one revocation, and the rewriting that
takes the revoked template out of the repository. Bytes are those of HTTP bodies, times are by
the clock: a machine that is busy otherwise shows it. ``python -m benchmarks.sync --json``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.sync_box import Box, CountingServer, knows
from benchmarks.telling import tell
from edge.bench import faces
from edge.compose import box as composed
from edge.demo.broker import start_broker
from edge.register.broker import announce
from edge.register.consent import Consent
from edge.register.database import Enrolment, Register, create_register
from edge.register.destinations import Destination
from edge.register.keys import ROOT_FILE, Secrets
from edge.register.publish import use_version
from edge.register.release import Release
from edge.register.repository import RepositoryFolder
from edge.register.withdraw import withdraw
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import MqttSettings
from edge.watchlist import segment as segments
from edge.watchlist.manifest import ListRow, Manifest, SegmentRow
from edge.watchlist.quantise import restore
from edge.watchlist.table import EntryTable, microseconds

ENTRIES = 1_000_000
ADDED_SHARE = 0.001
VALID_FOR = timedelta(days=7)
CLOCK = SystemClock(trust_system=True)


class Publisher:
    """A register's publishing end, with segments that come from nowhere.

    Args:
        folder: for the register and the repository.
        pack: ``id@version`` of the pack of all templates.
    """

    def __init__(self, folder: Path, pack: str) -> None:
        self.repository = folder / "repository"
        self.register: Register = create_register(folder / "register", Secrets(None), CLOCK, "me")
        self._pack = pack
        self._rows: dict[str, SegmentRow] = {}
        self._version = 0

    @property
    def root(self) -> Path:
        """What a box is given."""
        return self.register.folder / ROOT_FILE

    def publish(self, added: Sequence[EntryTable], removed: Sequence[str] = ()) -> int:
        """Publish more segments and without some; returns the version."""
        new: dict[str, bytes] = {}
        for name in removed:
            del self._rows[name]
        for table in added:
            data = segments.encode(table)
            name = segments.segment_id(data)
            new[name] = data
            self._rows[name] = SegmentRow(id=name, entries=len(table.enrolled), bytes=len(data))
        keys = self.register.keys
        release = Release(self._manifest(), new, keys.root_files(), keys.online_signer(None))
        folder = RepositoryFolder(self.repository)
        before = folder.live(keys.roots())
        with self.register.change():
            meant = Destination(self.repository, release.version, release.sha256, VALID_FOR, ())
            use_version(self.register, release, meant)
        folder.write(release, before)
        return release.version

    def revoke(self, entry_id: str, person_id: str) -> int:
        """Publish a revocation at once; returns the version."""
        today = datetime.now(UTC).date()
        consent = Consent("self", today, today + timedelta(days=30), ("*",), "0" * 64)
        rows = np.full((1, faces.DIMENSIONS), 127, np.int8)
        gone = Enrolment(
            entry_id, person_id, "all", "", consent, self._pack, datetime.now(UTC), rows
        )
        (done,) = withdraw(self.register, [gone])
        if done.version is None:
            raise done.problem or RuntimeError("the entry was not published")
        self._version = done.version
        return done.version

    def segment_of(self, entry_id: str) -> tuple[str, EntryTable]:
        """Where an entry lies."""
        for name in self._rows:
            data = RepositoryFolder(self.repository).segment(name)
            table = segments.decode(data) if data else None
            if table and entry_id in list(table.enrolled.entry_ids):
                return name, table
        raise KeyError(entry_id)

    def _manifest(self) -> Manifest:
        now = datetime.now(UTC)
        self._version += 1
        return Manifest(
            version=self._version,
            issued_at=now,
            expires_at=now + VALID_FOR,
            pack=self._pack,
            dimensions=faces.DIMENSIONS,
            lists=tuple(
                ListRow(list_id=one.list_id, purpose=one.purpose, show_label=one.show_label)
                for one in faces.LISTS
            ),
            segments=tuple(self._rows[name] for name in sorted(self._rows)),
            revoked=(),
        )


def measure(entries: int = 20_000) -> dict[str, float]:
    """Bytes and seconds of each of the four."""
    pack = composed.load("default").ref
    chance = np.random.default_rng(4)
    with tempfile.TemporaryDirectory() as name, _broker(Path(name)) as port:
        folder = Path(name)
        publisher, mqtt = Publisher(folder, pack), MqttSettings(host="127.0.0.1", port=port)
        first = drawn_people(entries, chance, pack)
        publisher.publish(faces.segments(first))
        server = CountingServer(publisher.repository)
        box = Box(folder / "box", publisher.root, server.url, port, pack)
        begin_s = time.monotonic()
        with box.reporting():
            box.wait_until(lambda gallery: gallery.version == 1)
            found = {"entries": float(entries), "first_sync_s": time.monotonic() - begin_s}
            found["first_sync_bytes"] = float(server.take())
            found |= _additions(
                box,
                publisher,
                server,
                mqtt,
                drawn_people(round(entries * ADDED_SHARE), chance, pack),
            )
            found |= _revocation(box, publisher, server, mqtt, first)
        publisher.register.close()
        server.shutdown()
    found["additions_bytes_share"] = found["additions_bytes"] / found["first_sync_bytes"]
    return found


def _additions(
    box: Box, publisher: Publisher, server: CountingServer, mqtt: MqttSettings, more: EntryTable
) -> dict[str, float]:
    begin_s = time.monotonic()
    announce(mqtt, publisher.publish([more]), CLOCK)
    published_s = time.monotonic()
    who = more.enrolled.person_ids[0]
    box.wait_until(lambda gallery: knows(gallery, restore(more.templates[:1]), who))
    return {
        "additions_bytes": float(server.take()),
        "additions_publish_s": published_s - begin_s,
        "additions_effect_s": time.monotonic() - published_s,
    }


def _revocation(
    box: Box, publisher: Publisher, server: CountingServer, mqtt: MqttSettings, among: EntryTable
) -> dict[str, float]:
    who, entry = among.enrolled.person_ids[0], among.enrolled.entry_ids[0]
    begin_s = time.monotonic()
    version = publisher.revoke(entry, who)
    published_s = time.monotonic()
    announce(mqtt, version, CLOCK)
    probe = restore(among.templates[:1])
    box.wait_until(lambda gallery: not knows(gallery, probe, who))
    found = {
        "revocation_bytes": float(server.take()),
        "revocation_publish_s": published_s - begin_s,
        "revocation_effect_s": time.monotonic() - published_s,
    }
    name, table = publisher.segment_of(entry)
    rewritten = publisher.publish([segments.without(table, {entry})], [name])
    announce(mqtt, rewritten, CLOCK)
    box.wait_until(lambda gallery: gallery.version == rewritten)
    return found | {"rewriting_bytes": float(server.take())}


def drawn_people(count: int, chance: np.random.Generator, pack: str) -> EntryTable:
    """A table of people drawn at random, with consents of thirty days."""
    rows = faces.quantised(faces.scattered(max(count, 1), chance))
    ends_us = microseconds(datetime.now(UTC).replace(microsecond=0) + timedelta(days=30))
    return faces.table(rows, ends_us, chance, pack)


@contextmanager
def _broker(folder: Path) -> Iterator[int]:
    broker = start_broker(folder)
    try:
        yield broker.port
    finally:
        broker.stop()


def main() -> None:
    """Measure a million entries and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    args = parser.parse_args()
    tell(measure(args.entries), as_json=args.json)


if __name__ == "__main__":
    main()
