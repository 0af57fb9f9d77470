"""The spool: nothing recorded is lost, numbered without gaps, marked only by who may."""

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
from edge.report.messages import hit_event, parse_erasure, parse_event, parse_review
from edge.report.spool import Bounds, Kind, NoteWriter, RowState, SpoolReader, SpoolView
from edge.report.spool_rows import hit_draft
from edge.values import Erasure, Opinion, Review
from tests.fakes.deliveries import EVERYTHING, deliver, series_of
from tests.unit.report.hits import NOON, SteppedClock, make_hit, make_writer, record

ERASED = Erasure("entry-9", "staff", 12, NOON)
REVIEWED = Review("hit-1", Opinion.CONFIRMED, NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


def notes_of(path: Path) -> NoteWriter:
    return NoteWriter(path, Bounds(), site="site-1", box="box-1", clock=SteppedClock())


def numbers(path: Path) -> list[int]:
    return [row.sequence for row in SpoolReader(path).live(EVERYTHING)]


def test_hits_are_numbered_from_one_without_gaps(path: Path) -> None:
    writer = make_writer(path)
    assert [writer.append(make_hit(number)) for number in range(5)] == [1, 2, 3, 4, 5]
    rows = SpoolReader(path).live(10)
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [parse_event(row.event).sequence for row in rows] == [1, 2, 3, 4, 5]


def test_every_message_names_the_spool_that_numbered_it(path: Path) -> None:
    record(path, 2)
    rows = SpoolReader(path).live(10)
    assert {parse_event(row.event).series for row in rows} == {series_of(path)}
    assert {row.series for row in rows} == {series_of(path)}


def test_another_file_is_another_series(tmp_path: Path) -> None:
    record(tmp_path / "one.db", 1)
    record(tmp_path / "two.db", 1)
    assert series_of(tmp_path / "one.db") != series_of(tmp_path / "two.db")


def test_the_same_hit_again_is_the_same_row(path: Path) -> None:
    writer = make_writer(path)
    assert writer.append(make_hit(1)) == 1
    assert writer.append(make_hit(1)) == 1
    assert writer.append(make_hit(2)) == 2


def test_hits_that_wait_together_are_stored_together(path: Path) -> None:
    writer = make_writer(path)
    writer.append(make_hit(2))
    drafts = [hit_draft(make_hit(number)) for number in (1, 2, 3, 1)]
    assert writer.append_drafts(drafts) == [2, 1, 3, 2]
    assert writer.append_drafts([]) == []
    assert numbers(path) == [1, 2, 3]


def test_a_hit_that_cannot_be_stored_takes_no_number(path: Path) -> None:
    writer = make_writer(path)
    with pytest.raises(SpoolError):
        writer.append(make_hit(1, score=float("nan")))
    assert writer.append(make_hit(2)) == 1


def test_a_label_that_looks_like_the_end_of_a_message_changes_nothing(path: Path) -> None:
    writer = make_writer(path)
    label = '","sequence":1,"series":"-"}}'
    writer.append(make_hit(1, label=label))
    hit = parse_event(SpoolReader(path).live(1)[0].event)
    assert (hit.label, hit.sequence, hit.series) == (label, 1, series_of(path))


def test_numbers_go_on_after_a_restart_and_after_everything_was_purged(path: Path) -> None:
    record(path, 3)
    deliver(path, acknowledged=[1, 2, 3])
    reader = SpoolReader(path, clock=SteppedClock())
    assert reader.purge(NOON + timedelta(days=9999), timedelta(0), timedelta(0)) == 3
    assert make_writer(path).append(make_hit(9)) == 4


def test_a_killed_writer_leaves_every_hit_it_reported(path: Path) -> None:
    """The child prints a number once append has returned, and is killed in mid work."""
    code = (
        "import sys; from pathlib import Path; from hits import make_hit, make_writer;"
        "w = make_writer(Path(sys.argv[1]), max_rows=10**6);"
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
    stored = numbers(path)
    assert stored == list(range(1, len(stored) + 1))
    assert len(stored) >= max(reported)
    assert make_writer(path, max_rows=10**6).append(make_hit(-1)) == len(stored) + 1


def test_a_hit_goes_from_recorded_to_sent_to_acknowledged(path: Path) -> None:
    record(path, 3)
    deliver(path, sent=[2], acknowledged=[1])
    view = SpoolView(path)
    assert numbers(path) == [3]
    assert [one.state for one in view.recent(10)] == [
        RowState.RECORDED,
        RowState.SENT,
        RowState.ACKNOWLEDGED,
    ]
    counts = view.counts()
    assert (counts.recorded, counts.sent, counts.acknowledged, counts.total) == (1, 1, 1, 3)
    assert SpoolReader(path).standing().waiting_hits == 2


def test_what_was_sent_and_not_acknowledged_is_backlog_again(path: Path) -> None:
    record(path, 3)
    reader = SpoolReader(path)
    reader.mark_sent(reader.live(3))
    reader.acknowledge(series_of(path), [(2, 2)])
    assert reader.send_again() == 2
    assert reader.send_again() == 0
    assert [row.sequence for row in reader.backlog(10)] == [1, 3]
    assert reader.live(10) == []


def test_only_what_stayed_unanswered_for_long_goes_out_again(path: Path) -> None:
    record(path, 2)
    clock = SteppedClock()
    reader = SpoolReader(path, clock=clock)
    reader.mark_sent(reader.live(1))
    clock.moment += timedelta(seconds=20)
    reader.mark_sent(reader.live(1))
    clock.moment += timedelta(seconds=15)
    assert reader.send_again(timedelta(seconds=30)) == 1
    assert [row.sequence for row in reader.backlog(10)] == [1]


def test_a_clock_set_back_keeps_nothing_unanswered_for_ever(path: Path) -> None:
    record(path, 1)
    clock = SteppedClock()
    reader = SpoolReader(path, clock=clock)
    reader.mark_sent(reader.live(1))
    clock.moment -= timedelta(days=365)
    assert reader.send_again(timedelta(seconds=30)) == 1


def test_what_is_recorded_after_the_line_is_live_and_what_was_before_is_backlog(
    path: Path,
) -> None:
    record(path, 2)
    reader = SpoolReader(path)
    reader.draw_line()
    writer = make_writer(path)
    writer.append(make_hit(3))
    assert [row.sequence for row in reader.live(10)] == [3]
    assert [row.sequence for row in reader.backlog(10)] == [1, 2]


def test_after_the_file_was_replaced_everything_in_the_new_one_is_live(path: Path) -> None:
    record(path, 3)
    reader = SpoolReader(path)
    reader.draw_line()
    for one in path.parent.glob("spool.db*"):
        one.unlink()
    record(path, 2)
    assert [row.sequence for row in reader.live(10)] == [1, 2]
    assert reader.backlog(10) == []


def test_acknowledging_twice_counts_once(path: Path) -> None:
    record(path, 2)
    reader = SpoolReader(path)
    reader.mark_sent(reader.live(2))
    series = series_of(path)
    assert reader.acknowledge(series, [(1, 1), (1, 1)]) == 1
    assert reader.acknowledge(series, [(1, 1)]) == 0
    assert reader.standing().waiting_hits == 1


def test_a_range_acknowledges_what_was_sent_and_nothing_else(path: Path) -> None:
    record(path, 5)
    reader = SpoolReader(path)
    reader.mark_sent(reader.live(3))
    assert reader.acknowledge(series_of(path), [(1, 5)]) == 3
    assert [row.sequence for row in reader.live(10)] == [4, 5]


@pytest.mark.parametrize("ranges", [[(1, 3)], [(1, 1), (2, 2**53)], [(3, 3)]])
def test_numbers_that_were_never_given_out_acknowledge_nothing(
    path: Path, ranges: list[tuple[int, int]]
) -> None:
    record(path, 2)
    reader = SpoolReader(path)
    reader.mark_sent(reader.live(2))
    assert reader.acknowledge(series_of(path), ranges) is None
    assert reader.standing().waiting_hits == 2


def test_a_number_of_another_spool_acknowledges_nothing(path: Path) -> None:
    record(path, 1)
    reader = SpoolReader(path)
    reader.mark_sent(reader.live(1))
    assert reader.acknowledge("another", [(1, 1)]) is None
    assert reader.standing().waiting_hits == 1


def test_hits_go_before_notes_and_the_older_first(path: Path) -> None:
    record(path, 1)
    notes = notes_of(path)
    notes.record_erasures([ERASED])
    make_writer(path).append(make_hit(2))
    assert [row.sequence for row in SpoolReader(path).live(10)] == [1, 3, 2]


def test_erasures_and_reviews_share_the_sequence_and_can_be_read_back(path: Path) -> None:
    record(path, 1)
    notes = notes_of(path)
    notes.record_erasures([ERASED])
    notes.record_review(REVIEWED)
    rows = {row.kind: row for row in SpoolReader(path).live(10)}
    erasure = parse_erasure(rows[Kind.ERASURE].event)
    assert (erasure.erasure, erasure.sequence, erasure.series) == (ERASED, 2, series_of(path))
    assert erasure.event_id == rows[Kind.ERASURE].event_id
    review = parse_review(rows[Kind.REVIEW].event)
    assert (review.review, review.sequence) == (REVIEWED, 3)


def test_the_same_note_twice_is_one_row(path: Path) -> None:
    record(path, 1)
    for _ in range(2):
        notes_of(path).record_erasures([ERASED])
        notes_of(path).record_review(REVIEWED)
    assert numbers(path) == [1, 2, 3]


def test_notes_are_no_hits_in_counts_and_on_the_page(path: Path) -> None:
    record(path, 2)
    notes_of(path).record_erasures([ERASED])
    deliver(path, sent=[3], acknowledged=[1])
    counts = SpoolView(path).counts()
    assert (counts.recorded, counts.sent, counts.acknowledged, counts.total) == (1, 0, 1, 2)
    assert [one.hit.hit_id for one in SpoolView(path).recent(10)] == ["hit-2", "hit-1"]
    standing = SpoolReader(path).standing()
    assert (standing.waiting_hits, standing.waiting_notes) == (1, 1)


def test_a_note_is_refused_while_there_is_no_spool_and_makes_none(path: Path) -> None:
    with pytest.raises(SpoolError, match="no spool"):
        notes_of(path).record_erasures([ERASED])
    assert not path.exists()


def test_purging_never_touches_what_is_not_acknowledged(path: Path) -> None:
    record(path, 3)
    clock = SteppedClock()
    reader = SpoolReader(path, clock=clock)
    reader.mark_sent(reader.live(2))
    reader.acknowledge(series_of(path), [(1, 1)])
    day = timedelta(days=1)
    assert reader.purge(NOON + day, day, day) == 0, "acknowledged at noon is not older than noon"
    assert reader.purge(NOON + timedelta(days=9999), day, day) == 1
    assert SpoolView(path).counts().total == 3
    assert reader.standing().waiting_hits == 2


def test_a_spool_that_is_not_there_reads_as_empty(path: Path) -> None:
    reader, view = SpoolReader(path), SpoolView(path)
    reader.draw_line()
    assert reader.live(10) == reader.backlog(10) == []
    assert reader.standing().waiting_hits == 0
    assert reader.send_again() == 0
    assert reader.under_way(10) == 0
    assert reader.acknowledge("any", [(1, 1)]) is None
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


def test_the_message_that_is_stored_is_the_one_that_the_schema_knows(path: Path) -> None:
    """Number and series are put in behind the encoder's back, for one hit and for several."""
    hits = [make_hit(number, label='Zoë "Z" O\'Hara \x00') for number in range(1, 5)]
    writer = make_writer(path)
    writer.append(hits[0])
    writer.append_drafts([hit_draft(hit) for hit in (*hits[1:3], hits[0], hits[3])])
    stored = [row.event for row in SpoolReader(path).live(10)]
    series = series_of(path)
    assert stored == [hit_event(hit, number, series) for number, hit in enumerate(hits, 1)]


def test_two_writers_and_a_reader_work_at_the_same_time(path: Path) -> None:
    """Hits and erasures are recorded while the reader sends; every row passes once, no gaps."""
    count, seen = 300, []
    make_writer(path).open()

    def write_hits() -> None:
        writer = make_writer(path)
        for number in range(count):
            writer.append(make_hit(number))
        writer.close()

    def write_notes() -> None:
        notes = notes_of(path)
        for number in range(count // 3):
            notes.record_erasures([Erasure(f"entry-{number}", "staff", 3, NOON)])
        notes.close()

    threads = [threading.Thread(target=one) for one in (write_hits, write_notes)]
    for thread in threads:
        thread.start()
    reader = SpoolReader(path)
    while len(seen) < count + count // 3:
        rows = reader.live(16)
        reader.mark_sent(rows)
        for row in rows:
            reader.acknowledge(row.series, [(row.sequence, row.sequence)])
        seen += [row.sequence for row in rows]
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, len(seen) + 1))
    assert reader.standing().waiting_hits == 0
