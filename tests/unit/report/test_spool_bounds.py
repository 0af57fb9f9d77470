"""What goes when the spool is full: evidence first, then what has arrived, and hits never unless
the operator said so."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import SpoolError
from edge.report.spool import Bounds, NoteWriter, SpoolReader, SpoolView, SpoolWriter
from edge.report.spool_rows import hit_draft
from edge.values import Erasure
from tests.fakes.deliveries import deliver
from tests.unit.report.hits import NOON, SteppedClock, make_hit, make_writer

PICTURE = b"sealed" * 2000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


def held(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT sequence FROM message ORDER BY 1")]


def pictures(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT event_id FROM evidence")}


def record(path: Path, *numbers: int, sealed: bytes | None = None, **bounds: int) -> None:
    writer = make_writer(path, **bounds)
    for number in numbers:
        writer.append_drafts([hit_draft(make_hit(number), sealed)])
    writer.close()


def test_a_full_spool_drops_the_oldest_acknowledged_hits_first(path: Path) -> None:
    record(path, *range(5))
    deliver(path, acknowledged=[1, 2])
    assert make_writer(path, max_rows=5).append(make_hit(5)) == 6
    assert held(path) == [3, 4, 5, 6]


def test_a_full_spool_of_unacknowledged_hits_refuses_new_ones(path: Path) -> None:
    record(path, *range(5))
    writer = make_writer(path, max_rows=5)
    with pytest.raises(SpoolError, match="5 messages that nobody has acknowledged"):
        writer.append(make_hit(5))
    assert held(path) == [1, 2, 3, 4, 5]
    deliver(path, acknowledged=[1])
    assert writer.append(make_hit(5)) == 6


def test_a_group_is_stored_whole_or_not_at_all(path: Path) -> None:
    record(path, *range(3))
    writer = make_writer(path, max_rows=5)
    with pytest.raises(SpoolError):
        writer.append_drafts([hit_draft(make_hit(number)) for number in (3, 4, 5)])
    assert held(path) == [1, 2, 3]
    assert writer.append_drafts([hit_draft(make_hit(number)) for number in (3, 4)]) == [4, 5]


def test_only_where_the_operator_allows_it_the_oldest_hits_go_and_are_counted(path: Path) -> None:
    record(path, *range(5))
    writer = make_writer(path, max_rows=5, drop_oldest=True)
    drafts = [hit_draft(make_hit(number)) for number in (5, 6)]
    assert writer.append_drafts(drafts) == [6, 7]
    assert held(path) == [3, 4, 5, 6, 7]
    standing = SpoolReader(path).standing()
    assert (standing.lost_hits, standing.lost_at, standing.waiting_hits) == (2, NOON, 5)
    assert SpoolView(path).counts().total == 7


def test_an_erasure_is_never_dropped_before_it_has_arrived(path: Path) -> None:
    record(path, 1)
    bounds = Bounds(max_rows=2, drop_oldest=True)
    notes = NoteWriter(path, bounds, site="site-1", box="box-1", clock=SteppedClock())
    notes.record_erasures([Erasure("entry-1", "staff", 3, NOON)])
    notes.record_erasures([Erasure("entry-2", "staff", 3, NOON)])
    assert held(path) == [2, 3]
    with pytest.raises(SpoolError, match="2 messages"):
        make_writer(path, max_rows=2, drop_oldest=True).append(make_hit(2))
    assert held(path) == [2, 3]


def test_at_the_bound_of_bytes_pictures_go_first_and_no_hit(path: Path) -> None:
    record(path, *range(100), sealed=PICTURE)
    writer = make_writer(path, max_bytes=2**20)
    assert writer.append(make_hit(100)) == 101
    assert held(path) == list(range(1, 102))
    left = pictures(path)
    assert 0 < len(left) < 100
    assert "hit-0" not in left
    assert "hit-99" in left


def test_at_the_bound_of_bytes_what_has_arrived_goes_next_and_then_hits_are_refused(
    path: Path,
) -> None:
    record(path, *range(1500), max_rows=10**6)
    bounds = {"max_bytes": 2**20, "max_rows": 10**6}
    with pytest.raises(SpoolError, match=r"spool holds \d+ bytes"):
        make_writer(path, **bounds).append(make_hit(2000))
    assert len(held(path)) == 1500
    deliver(path, acknowledged=range(1, 1001))
    assert make_writer(path, **bounds).append(make_hit(2000)) == 1501
    assert set(range(1001, 1502)) <= set(held(path))


def test_on_a_disk_without_space_the_room_of_pictures_and_arrived_hits_is_used_again(
    path: Path,
) -> None:
    record(path, *range(20), sealed=PICTURE)
    record(path, *range(20, 400))
    full = {"min_free_bytes": 2**60}
    writer = make_writer(path, **full)
    size = path.stat().st_size
    assert writer.append(make_hit(500)) == 401
    assert pictures(path) != {f"hit-{number}" for number in range(20)}
    with pytest.raises(SpoolError, match="bytes are free"):
        record(path, *range(501, 2000), **full)
    assert pictures(path) == set()
    assert held(path)[:400] == list(range(1, 401)), "no hit went"
    deliver(path, acknowledged=range(1, 300))
    assert writer.append(make_hit(9999)) > 401
    assert path.stat().st_size <= size + 64 * 1024


def test_what_others_stored_counts_within_a_second_and_what_it_stored_itself_at_once(
    path: Path,
) -> None:
    """The file and its disk are measured again after a second, or when nothing is left."""
    clock = SteppedClock()
    writer = SpoolWriter(path, Bounds(max_rows=4), clock=clock)
    writer.append(make_hit(1))
    record(path, 2, 3, 4)
    clock.moment += timedelta(seconds=1)
    with pytest.raises(SpoolError, match="4 messages"):
        writer.append(make_hit(5))
    alone = SpoolWriter(path.with_name("alone.db"), Bounds(max_rows=4), clock=clock)
    alone.append_drafts([hit_draft(make_hit(number)) for number in range(4)])
    with pytest.raises(SpoolError, match="4 messages"):
        alone.append(make_hit(5))


def test_numbers_and_counts_hold_when_the_newest_row_goes_before_an_older_one(path: Path) -> None:
    record(path, 1, 2, 3)
    deliver(path, acknowledged=[3])
    day = timedelta(days=1)
    assert SpoolReader(path).purge(NOON + 30000 * day, day, day) == 1
    counts = SpoolView(path).counts()
    assert (counts.recorded, counts.acknowledged, counts.total) == (2, 0, 3)
    assert make_writer(path).append(make_hit(4)) == 4


def test_pictures_leave_after_their_own_time_and_with_their_hit(path: Path) -> None:
    record(path, 1, 2, sealed=PICTURE)
    deliver(path, acknowledged=[2])
    reader, day = SpoolReader(path), timedelta(days=1)
    assert reader.purge(NOON + 2 * day, 30000 * day, 3 * day) == 0
    assert pictures(path) == {"hit-1", "hit-2"}
    assert reader.purge(NOON + 30000 * day, day, 40000 * day) == 1
    assert pictures(path) == {"hit-1"}
    assert reader.purge(NOON + 4 * day, 30000 * day, 3 * day) == 1
    assert pictures(path) == set()
    assert held(path) == [1]


def test_a_picture_of_a_time_that_is_still_to_come_goes_too(path: Path) -> None:
    record(path, 1, sealed=PICTURE)
    day = timedelta(days=1)
    assert SpoolReader(path).purge(NOON - 30 * day, day, 3 * day) == 1
    assert pictures(path) == set()
