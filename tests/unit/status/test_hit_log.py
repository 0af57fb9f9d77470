"""The page reads the real spool and changes nothing in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.errors import SpoolError
from edge.report.spool import Bounds, SpoolView, SpoolWriter
from edge.status.hit_log import SpoolHitLog
from edge.status.ports import Delivery, HitCounts
from edge.values import EntryRef, Hit, Recognition
from tests.fakes.deliveries import deliver

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def recorded(number: int) -> Hit:
    seen = Recognition(
        camera="camera-1",
        track=number,
        entry=EntryRef(f"entry-{number}", "residents", "Room 12" if number == 1 else None),
        probability=0.97,
        score=0.95,
        threshold=0.93,
        margin=0.04,
        frames=4,
        first_seen=AT,
        last_seen=AT,
        frame_index=number,
        box=(1.0, 2.0, 3.0, 4.0),
    )
    return Hit(f"01980000-0000-7000-8000-{number:012d}", "site", "box", seen, 1, "p@1", AT)


def fill(path: Path, *numbers: int) -> None:
    writer = SpoolWriter(path, Bounds(max_rows=1000))
    for number in numbers:
        writer.append(recorded(number))
    writer.close()


def stored_at(path: Path, number: int) -> datetime:
    """When a hit was stored, as the page shows it."""
    (one,) = [one for one in SpoolView(path).recent(1000) if one.hit.entry_id == f"entry-{number}"]
    return one.recorded_at


def log_of(path: Path) -> SpoolHitLog:
    return SpoolHitLog(SpoolView(path), path)


def test_hits_come_newest_first_with_their_delivery(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    fill(path, 1, 2, 3)
    deliver(path, sent=[2], acknowledged=[1])
    lines = log_of(path).recent(10)
    assert [(one.entry_id, one.delivery) for one in lines] == [
        ("entry-3", Delivery.RECORDED),
        ("entry-2", Delivery.SENT),
        ("entry-1", Delivery.ACKNOWLEDGED),
    ]
    assert (lines[2].label, lines[2].probability, lines[2].frames) == ("Room 12", 0.97, 4)
    counts = log_of(path).counts()
    assert (counts.recorded, counts.sent, counts.acknowledged, counts.total) == (1, 1, 1, 3)


def test_the_age_of_the_backlog_is_that_of_its_oldest_hit_however_many_there_are(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spool.db"
    fill(path, *range(1, 301))
    deliver(path, sent=[2], acknowledged=[1])
    log = log_of(path)
    assert len(log.recent(200)) == 200
    assert log.counts().oldest_at == stored_at(path, 2)
    deliver(path, acknowledged=range(2, 300))
    assert log.counts().oldest_at == stored_at(path, 300)
    deliver(path, acknowledged=[300])
    assert log.counts() == HitCounts(recorded=0, sent=0, acknowledged=300, total=300)


def test_the_limit_holds_also_when_more_was_read_before(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    fill(path, 1, 2, 3)
    log = log_of(path)
    assert [len(log.recent(limit)) for limit in (1, 3, 2)] == [1, 3, 2]


def test_a_new_hit_and_a_new_mark_are_seen_at_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    fill(path, 1)
    log = log_of(path)
    assert len(log.recent(10)) == 1
    fill(path, 2)
    assert len(log.recent(10)) == 2
    deliver(path, sent=[2])
    assert log.recent(10)[0].delivery is Delivery.SENT


def test_a_missing_spool_has_not_reported_yet(tmp_path: Path) -> None:
    log = log_of(tmp_path / "spool.db")
    with pytest.raises(SpoolError, match="has not reported yet"):
        log.recent(10)
    with pytest.raises(SpoolError, match="has not reported yet"):
        log.counts()


def test_a_damaged_spool_is_told_with_a_remedy_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(SpoolError, match="damaged"):
        log_of(path).recent(10)
    assert path.read_bytes() == b"not a database " * 1000
