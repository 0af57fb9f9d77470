"""The report worker against a publisher and a synchroniser that do as they are told."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from edge.report.spool import SpoolView
from edge.values import Condition, Erasure
from tests.unit.processes.report_box import AWAY, NOON, STALE, Box, ToldSynchroniser


def test_hits_are_sent_once_and_marked_when_acknowledged(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1, 2, 3)
    box.connect()
    assert box.publisher.sent == [1, 2, 3]
    box.take(1, 3)
    counts = SpoolView(box.path).counts()
    assert (counts.sent, counts.acknowledged) == (1, 2)
    assert box.worker.report().figures["published_total"] == 2


def test_nothing_is_sent_while_the_broker_is_away(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1)
    box.steps()
    box.clock.ahead_s += 2
    box.steps(2)
    assert box.publisher.sent == []
    said = box.worker.report()
    assert said.problem == AWAY.problem
    assert said.figures["connected"] == 0
    assert said.figures["backlog_hits"] == 1
    assert said.facts["broker"] == "broker:1883"


def test_after_a_reconnect_everything_unacknowledged_is_sent_again(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1, 2)
    box.connect()
    box.take(1)
    box.publisher.lose()
    box.steps()
    box.connect()
    assert box.publisher.sent == [1, 2, 2]


def test_what_was_on_its_way_when_the_process_died_is_sent_again(tmp_path: Path) -> None:
    first = Box(tmp_path)
    first.record(1, 2)
    first.connect()
    second = Box(tmp_path)
    second.connect()
    assert second.publisher.sent == [1, 2]


def test_no_more_is_sent_than_there_is_room_for(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(*range(10))
    box.publisher.room = 4
    box.connect()
    assert box.publisher.sent == [1, 2, 3, 4]


def test_a_failing_watchlist_is_reported_and_stops_no_hit(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    synchroniser.error = STALE
    box = Box(tmp_path, synchroniser)
    box.publisher.connect()
    box.until_problem("The list expired.")
    box.record(1)
    box.steps(2)
    assert box.publisher.sent == [1]
    assert box.publisher.statuses[-1].condition is Condition.DEGRADED
    synchroniser.error = None
    box.until_problem("")


def test_a_watchlist_source_that_hangs_delays_no_hit(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    synchroniser.go.clear()
    box = Box(tmp_path, synchroniser)
    box.publisher.connect()
    while synchroniser.steps == 0:
        box.clock.ahead_s += 2
        box.steps()
    box.record(1)
    began_s = time.monotonic()
    box.steps(2)
    assert time.monotonic() - began_s < 1
    assert box.publisher.sent == [1]
    synchroniser.go.set()
    box.worker.shutdown()


def test_a_new_list_shows_in_figures_and_status(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    box = Box(tmp_path, synchroniser)
    box.publisher.connect()
    box.steps(5)
    assert box.worker.report().figures["watchlist_version"] == 7
    box.version, synchroniser.applies = 8, True
    until_s = time.monotonic() + 10
    while box.publisher.statuses[-1].watchlist_version != 8:
        assert time.monotonic() < until_s
        box.clock.ahead_s += 2
        box.steps()
    assert box.worker.report().figures["watchlist_version"] == 8
    assert box.worker.report().figures["watchlist_age_s"] == 12


def test_the_status_is_told_at_each_connection_and_every_minute(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.steps()
    box.publisher.connect()
    box.steps(2)
    assert box.publisher.statuses[0].online
    box.clock.ahead_s += 2
    box.steps(3)
    told = len(box.publisher.statuses)
    box.steps(3)
    assert len(box.publisher.statuses) == told
    box.clock.ahead_s += 61
    box.steps(3)
    assert len(box.publisher.statuses) == told + 1


def test_acknowledged_hits_leave_after_their_time_and_never_on_an_untrusted_clock(
    tmp_path: Path,
) -> None:
    box = Box(tmp_path)
    box.record(1, 2)
    box.connect()
    box.take(1)
    box.clock.trusted = False
    box.clock.ahead_s += 8 * 24 * 3600
    box.steps(2)
    assert SpoolView(box.path).counts().acknowledged == 1
    box.clock.trusted = True
    box.steps(2)
    counts = SpoolView(box.path).counts()
    assert (counts.sent, counts.acknowledged) == (1, 0)


def test_the_end_closes_the_publisher(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.worker.shutdown()
    assert box.publisher.closed


def test_an_announced_list_is_looked_for_at_once(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    box = Box(tmp_path, synchroniser)
    box.connect()
    box.publisher.announced = 9
    until_s = time.monotonic() + 10
    while synchroniser.announced != 9:
        assert time.monotonic() < until_s
        box.steps()


def test_an_erasure_goes_into_the_spool_and_is_crossed_off_only_then(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    erasure = Erasure("entry-1", "staff", 8, NOON)
    synchroniser.erasures = [erasure]
    box = Box(tmp_path, synchroniser)
    box.connect()
    while not synchroniser.recorded and synchroniser.steps < 3:
        box.clock.ahead_s += 2
        box.steps()
    assert synchroniser.recorded == [], "there is no spool to record it in yet"
    assert "no spool" in box.worker.report().problem
    box.record(1)
    until_s = time.monotonic() + 10
    while not synchroniser.recorded:
        assert time.monotonic() < until_s
        box.clock.ahead_s += 2
        box.steps()
    assert synchroniser.recorded == [erasure]
    assert [row.kind.name for row in box.publisher.rows] == ["HIT", "ERASURE"]
    assert box.worker.report().problem == ""


def test_a_damaged_spool_that_was_set_aside_is_told_until_it_is_moved_away(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1)
    aside = tmp_path / "spool.db.damaged-20260301T120000000000"
    aside.write_bytes(b"")
    (tmp_path / f"{aside.name}-wal").write_bytes(b"")
    box.connect()
    assert box.publisher.statuses[-1].condition is Condition.DEGRADED
    assert aside.name in box.publisher.statuses[-1].problem
    said = box.worker.report()
    assert said.figures["damaged_spools"] == 1
    assert said.facts["damaged_spool"] == aside.name
    aside.unlink()
    box.clock.ahead_s += 2
    box.steps(2)
    assert box.publisher.statuses[-1].condition is Condition.RUNNING


def test_hits_that_were_dropped_at_a_bound_are_counted_and_told_for_a_day(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.clock.ahead_s = (datetime.now(UTC) - NOON).total_seconds()
    box.record(*range(10), max_rows=7, drop_oldest=True)
    box.connect()
    assert box.worker.report().figures["lost_hits"] == 3
    assert box.worker.report().figures["lost_hits_lately"] == 3
    assert "3 hits were dropped" in box.publisher.statuses[-1].problem
    box.clock.ahead_s += 25 * 3600
    box.steps(2)
    assert box.worker.report().figures["lost_hits"] == 3
    assert box.worker.report().figures["lost_hits_lately"] == 0
    assert box.publisher.statuses[-1].condition is Condition.RUNNING


def test_a_spool_that_cannot_be_written_is_told_on_the_status_topic_and_nothing_is_forgotten(
    tmp_path: Path,
) -> None:
    """Another program holds the file's lock for longer than anyone waits for it."""
    box = Box(tmp_path)
    box.record(1, 2)
    box.connect()
    assert box.publisher.sent == [1, 2]
    with closing(sqlite3.connect(box.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        box.take(1, 2)
        assert "locked" in box.worker.report().problem
        assert "locked" in box.publisher.statuses[-1].problem
        other.execute("ROLLBACK")
    box.clock.ahead_s += 2
    box.steps(2)
    assert box.worker.report().problem == ""
    assert SpoolView(box.path).counts().acknowledged == 2
