"""The spool: nothing recorded is lost, numbered without gaps, bounded, honest about trouble."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import SpoolError
from edge.report.messages import parse_event
from edge.report.spool import HitState, SpoolReader, SpoolView
from tests.unit.report.hits import NOON, SteppedClock, make_hit, make_writer, record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


def deliver(reader: SpoolReader, sequences: list[int]) -> None:
    reader.mark_sent(sequences)
    reader.acknowledge(sequences)


def test_hits_are_numbered_from_one_without_gaps(path: Path) -> None:
    writer = make_writer(path)
    assert [writer.append(make_hit(number)) for number in range(5)] == [1, 2, 3, 4, 5]
    rows = SpoolReader(path).pending(10)
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [parse_event(row.event).sequence for row in rows] == [1, 2, 3, 4, 5]


def test_the_same_hit_again_is_the_same_row(path: Path) -> None:
    writer = make_writer(path)
    assert writer.append(make_hit(1)) == 1
    assert writer.append(make_hit(1)) == 1
    assert writer.append(make_hit(2)) == 2


def test_a_hit_that_cannot_be_stored_takes_no_number(path: Path) -> None:
    writer = make_writer(path)
    with pytest.raises(SpoolError):
        writer.append(make_hit(1, score=float("nan")))
    assert writer.append(make_hit(2)) == 1


def test_numbers_go_on_after_a_restart_and_after_everything_was_purged(path: Path) -> None:
    record(path, 3)
    reader = SpoolReader(path, clock=SteppedClock())
    deliver(reader, [1, 2, 3])
    assert reader.purge(NOON + timedelta(seconds=1)) == 3
    assert make_writer(path).append(make_hit(9)) == 4


def test_a_killed_writer_leaves_every_hit_it_reported(path: Path) -> None:
    """The child prints a number once append has returned, and is killed in mid work."""
    code = (
        "import sys; from pathlib import Path; from hits import make_hit;"
        "from edge.report.spool import SpoolWriter;"
        "w = SpoolWriter(Path(sys.argv[1]), min_free_bytes=0, max_rows=10**6);"
        "[print(w.append(make_hit(n)), flush=True) for n in range(10**6)]"
    )
    root = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}:{Path(__file__).parent}"},
    )
    assert child.stdout is not None
    reported = [int(child.stdout.readline()) for _ in range(200)]
    child.kill()
    reported += [int(line) for line in child.stdout.read().splitlines() if line]
    child.wait(10)
    child.stdout.close()
    stored = [row.sequence for row in SpoolReader(path).pending(10**6)]
    assert stored == list(range(1, len(stored) + 1))
    assert len(stored) >= max(reported)
    assert make_writer(path).append(make_hit(-1)) == len(stored) + 1


def test_a_hit_goes_from_recorded_to_sent_to_acknowledged(path: Path) -> None:
    record(path, 3)
    reader, view = SpoolReader(path, clock=SteppedClock()), SpoolView(path)
    reader.mark_sent([1, 2])
    assert [row.sequence for row in reader.pending(10)] == [3]
    reader.acknowledge([1])
    assert [one.state for one in view.recent(10)] == [
        HitState.RECORDED,
        HitState.SENT,
        HitState.ACKNOWLEDGED,
    ]
    counts = view.counts()
    assert (counts.recorded, counts.sent, counts.acknowledged, counts.total) == (1, 1, 1, 3)
    assert reader.backlog() == 2


def test_what_was_sent_and_not_acknowledged_is_sent_again(path: Path) -> None:
    record(path, 3)
    reader = SpoolReader(path)
    reader.mark_sent([1, 2, 3])
    reader.acknowledge([2])
    assert reader.unsent_again() == 2
    assert [row.sequence for row in reader.pending(10)] == [1, 3]


def test_acknowledging_twice_counts_once(path: Path) -> None:
    record(path, 2)
    reader = SpoolReader(path)
    deliver(reader, [1])
    reader.acknowledge([1])
    assert reader.backlog() == 1


def test_a_number_of_an_earlier_spool_cannot_acknowledge_an_unsent_hit(path: Path) -> None:
    record(path, 1)
    reader = SpoolReader(path)
    reader.acknowledge([1])
    assert len(reader.pending(10)) == 1


def test_higher_priority_goes_first_then_older(path: Path) -> None:
    writer = make_writer(path)
    writer.append(make_hit(1))
    writer.append(make_hit(2), priority=5)
    writer.append(make_hit(3), priority=5)
    assert [row.sequence for row in SpoolReader(path).pending(10)] == [2, 3, 1]


def test_purging_never_touches_what_is_not_acknowledged(path: Path) -> None:
    record(path, 3)
    reader = SpoolReader(path, clock=SteppedClock())
    reader.mark_sent([1, 2])
    reader.acknowledge([1])
    assert reader.purge(NOON) == 0, "acknowledged at noon is not older than noon"
    assert reader.purge(NOON + timedelta(days=9999)) == 1
    assert SpoolView(path).counts().total == 3
    assert reader.backlog() == 2


def test_a_full_spool_drops_the_oldest_acknowledged_hits_first(path: Path) -> None:
    writer = make_writer(path, max_rows=5)
    for number in range(5):
        writer.append(make_hit(number))
    deliver(SpoolReader(path), [1, 2])
    assert writer.append(make_hit(5)) == 6
    assert [one.hit.sequence for one in SpoolView(path).recent(10)] == [6, 5, 4, 3]


def test_a_full_spool_of_unacknowledged_hits_refuses_new_ones(path: Path) -> None:
    writer = make_writer(path, max_rows=5)
    for number in range(5):
        writer.append(make_hit(number))
    with pytest.raises(SpoolError, match="5 hits that nobody has acknowledged"):
        writer.append(make_hit(5))
    assert SpoolReader(path).backlog() == 5
    deliver(SpoolReader(path), [1])
    assert writer.append(make_hit(5)) == 6


def test_a_spool_that_is_not_there_reads_as_empty(path: Path) -> None:
    reader, view = SpoolReader(path), SpoolView(path)
    assert reader.pending(10) == []
    assert reader.backlog() == 0
    assert reader.unsent_again() == 0
    assert view.recent(10) == []
    assert view.counts().total == 0
    assert not path.exists(), "only the writer makes the file"


def test_a_view_cannot_write(path: Path) -> None:
    record(path, 1)
    before = path.read_bytes()
    SpoolView(path).recent(10)
    SpoolView(path).counts()
    assert path.read_bytes() == before


def test_others_cannot_read_the_spool(path: Path) -> None:
    writer = make_writer(path)
    writer.append(make_hit(1))
    for one in path.parent.glob("spool.db*"):
        assert stat.S_IMODE(one.stat().st_mode) & 0o007 == 0, one.name


def test_writer_and_reader_work_at_the_same_time(path: Path) -> None:
    """The reader sends and acknowledges while the writer records; every hit passes once."""
    count, seen = 300, []

    def write() -> None:
        writer = make_writer(path)
        for number in range(count):
            writer.append(make_hit(number))
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    reader = SpoolReader(path)
    while len(seen) < count:
        sequences = [row.sequence for row in reader.pending(16)]
        deliver(reader, sequences)
        seen += sequences
    thread.join()
    assert seen == list(range(1, count + 1))
    assert reader.backlog() == 0
