"""The spool's tables, as the scripts that make them.

Out: for each version of a file's tables, the script that brings them to ``VERSION``; ``{series}``
in it is to be replaced by a new identifier. Always: a script is one transaction.
"""

from __future__ import annotations

VERSION = 3

# Hits, erasures and reviews share one sequence, so that a gap at a receiver is always a row
# that is still to come. ``waiting`` serves both live rows and backlog; ``under_way`` answers a
# receiver's ranges and finds what is to be sent again, without reading a row.
_INDEXES = """
CREATE INDEX waiting ON message (priority DESC, sequence) WHERE state = 0;
CREATE INDEX under_way ON message (sequence, sent_ms) WHERE state = 1;
CREATE INDEX arrived ON message (acknowledged_ms) WHERE state = 2;
CREATE INDEX note ON message (state) WHERE kind <> 0;
CREATE TABLE evidence (
    event_id    TEXT PRIMARY KEY,
    entry_id    TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    recorded_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_age ON evidence (recorded_ms);
CREATE INDEX evidence_entry ON evidence (entry_id);
"""
_NEW = """
CREATE TABLE message (
    sequence        INTEGER PRIMARY KEY,
    event_id        TEXT NOT NULL UNIQUE,
    event           BLOB NOT NULL,
    priority        INTEGER NOT NULL,
    state           INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    recorded_ms     INTEGER NOT NULL,
    sent_ms         INTEGER,
    acknowledged_ms INTEGER,
    kind            INTEGER NOT NULL DEFAULT 0
) STRICT;
-- One row, of what the messages themselves no longer tell: the highest number that was deleted,
-- how many were deleted, and how many left the backlog; "notes" are those ever recorded that are
-- no hits, "lost" the hits dropped before they arrived.
CREATE TABLE ledger (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    gone    INTEGER NOT NULL DEFAULT 0,
    removed INTEGER NOT NULL DEFAULT 0,
    settled INTEGER NOT NULL DEFAULT 0,
    series  TEXT NOT NULL,
    notes   INTEGER NOT NULL DEFAULT 0,
    lost    INTEGER NOT NULL DEFAULT 0,
    lost_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO ledger (one, series) VALUES (1, '{series}');
"""
# The counts follow from the numbers, which have no gaps: so a new hit changes no row of counts,
# and its commit writes a page less. "last" is the last number given out.
_COUNTS = """
CREATE VIEW tally AS
SELECT last, last - removed AS stored, last - settled AS backlog, series, notes, lost, lost_ms
FROM (SELECT *, max(gone, ifnull((SELECT max(sequence) FROM message), 0)) AS last FROM ledger);
CREATE TRIGGER a_message_goes AFTER DELETE ON message
BEGIN
    DELETE FROM evidence WHERE event_id = OLD.event_id;
    UPDATE ledger SET gone = max(gone, OLD.sequence), removed = removed + 1;
END;
"""
# Version 1 held hits only and told nobody its series; what is still to be sent must name it.
_FROM_VERSION_1 = """
DROP INDEX hit_recorded; DROP INDEX hit_sent; DROP INDEX hit_acknowledged;
ALTER TABLE hit RENAME TO message;
ALTER TABLE message RENAME COLUMN hit_id TO event_id;
ALTER TABLE message ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN series TEXT NOT NULL DEFAULT '';
ALTER TABLE tally ADD COLUMN notes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN lost_ms INTEGER NOT NULL DEFAULT 0;
UPDATE tally SET series = '{series}';
UPDATE message SET event = CAST(
    json_set(CAST(event AS TEXT), '$.data.series', '{series}') AS BLOB) WHERE state < 2;
"""
# Version 2 counted in a row that each new hit changed.
_FROM_VERSION_2 = """
DROP TRIGGER IF EXISTS no_picture_without_its_hit;
ALTER TABLE tally RENAME TO ledger;
UPDATE ledger SET stored = last - stored, backlog = last - backlog;
ALTER TABLE ledger RENAME COLUMN last TO gone;
ALTER TABLE ledger RENAME COLUMN stored TO removed;
ALTER TABLE ledger RENAME COLUMN backlog TO settled;
"""


def _whole(*steps: str) -> str:
    script = "".join(steps)
    return f"BEGIN IMMEDIATE;\n{script}{_COUNTS}\nPRAGMA user_version = {VERSION};\nCOMMIT;"


SCRIPTS = {
    0: _whole(_NEW, _INDEXES),
    1: _whole(_FROM_VERSION_1, _INDEXES, _FROM_VERSION_2),
    2: _whole(_FROM_VERSION_2),
}
