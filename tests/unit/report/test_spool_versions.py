"""Spools that older versions of watchpost left: their hits go on, with their numbers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.report.messages import hit_event, parse_event
from edge.report.spool import SpoolReader, SpoolView
from edge.report.spool_rows import hit_draft
from tests.fakes.deliveries import series_of
from tests.unit.report.hits import make_hit, make_writer

SERIES = "0f7c1a52-7d0e-4c0b-9b1a-0d7c5a1e2f3b"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


def test_the_hits_of_a_spool_of_version_1_go_on_and_name_their_series(path: Path) -> None:
    """The script is that of version 1, and its message that of a box of that version."""
    event = json.loads(hit_event(make_hit(1), 1, "-"))
    del event["data"]["series"]
    row = (1, "hit-1", json.dumps(event, separators=(",", ":")).encode(), 0, 0, 1_700_000_000_000)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
        connection.execute(
            "INSERT INTO hit (sequence, hit_id, event, priority, state, recorded_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )
        connection.commit()
    assert SpoolReader(path).live(10) == [], "the recognise process brings it up to date"
    writer = make_writer(path)
    assert writer.append(make_hit(2)) == 2
    old, new = sorted(SpoolReader(path).live(10), key=lambda row: row.sequence)
    assert parse_event(old.event).series == parse_event(new.event).series == series_of(path)
    event["data"]["series"] = series_of(path)
    assert json.loads(old.event) == event
    assert SpoolView(path).counts().total == 2
    assert SpoolReader(path).standing().waiting_hits == 2


def test_a_spool_of_version_2_keeps_its_numbers_counts_and_series(path: Path) -> None:
    """Of seven numbers, 3 to 5 are left: 3 acknowledged, 4 sent, 5 a review that waits."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_2)
        for number, state, kind in ((3, 2, 0), (4, 1, 0), (5, 0, 2)):
            event = hit_event(make_hit(number), number, SERIES)
            connection.execute(
                "INSERT INTO message (sequence, event_id, event, priority, state, recorded_ms,"
                " sent_ms, acknowledged_ms, kind) VALUES (?, ?, ?, 1, ?, 5, 5, 5, ?)",
                (number, f"hit-{number}", event, state, kind),
            )
        connection.execute("UPDATE tally SET last = 7, stored = 3, backlog = 2, notes = 1")
        connection.commit()
    writer = make_writer(path, max_rows=5)
    assert writer.append(make_hit(8)) == 8
    assert writer.append(make_hit(4)) == 4, "known since version 2"
    assert series_of(path) == SERIES
    counts = SpoolView(path).counts()
    assert (counts.recorded, counts.sent, counts.acknowledged, counts.total) == (1, 1, 1, 7)
    standing = SpoolReader(path).standing()
    assert (standing.waiting_hits, standing.waiting_notes) == (2, 1)
    assert writer.append_drafts([hit_draft(make_hit(n)) for n in (9, 10)]) == [9, 10]
    assert SpoolView(path).counts().acknowledged == 0, "the oldest that had arrived made room"


VERSION_1 = """
CREATE TABLE hit (
    sequence INTEGER PRIMARY KEY, hit_id TEXT NOT NULL UNIQUE, event BLOB NOT NULL,
    priority INTEGER NOT NULL, state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    recorded_ms INTEGER NOT NULL, sent_ms INTEGER, acknowledged_ms INTEGER
) STRICT;
CREATE INDEX hit_recorded ON hit (priority DESC, sequence) WHERE state = 0;
CREATE INDEX hit_sent ON hit (sequence) WHERE state = 1;
CREATE INDEX hit_acknowledged ON hit (acknowledged_ms) WHERE state = 2;
CREATE TABLE tally (
    one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL, stored INTEGER NOT NULL,
    backlog INTEGER NOT NULL
) STRICT;
INSERT INTO tally VALUES (1, 1, 1, 1);
PRAGMA user_version = 1;
"""
VERSION_2 = """
CREATE TABLE message (
    sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, event BLOB NOT NULL,
    priority INTEGER NOT NULL, state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    recorded_ms INTEGER NOT NULL, sent_ms INTEGER, acknowledged_ms INTEGER,
    kind INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE tally (
    one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL, stored INTEGER NOT NULL,
    backlog INTEGER NOT NULL, series TEXT NOT NULL DEFAULT '', notes INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0, lost_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO tally (one, last, stored, backlog, series) VALUES (1, 0, 0, 0,
    '0f7c1a52-7d0e-4c0b-9b1a-0d7c5a1e2f3b');
CREATE INDEX waiting ON message (priority DESC, sequence) WHERE state = 0;
CREATE INDEX under_way ON message (sequence, sent_ms) WHERE state = 1;
CREATE INDEX arrived ON message (acknowledged_ms) WHERE state = 2;
CREATE INDEX note ON message (state) WHERE kind <> 0;
CREATE TABLE evidence (
    event_id TEXT PRIMARY KEY, entry_id TEXT NOT NULL, sealed BLOB NOT NULL,
    recorded_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_age ON evidence (recorded_ms);
CREATE INDEX evidence_entry ON evidence (entry_id);
CREATE TRIGGER no_picture_without_its_hit AFTER DELETE ON message
BEGIN DELETE FROM evidence WHERE event_id = OLD.event_id; END;
PRAGMA user_version = 2;
"""
