"""Which rows go out when, and whose word counts that they have arrived."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.processes.delivery import MAX_UNANSWERED, Rules
from edge.report.spool import SpoolView
from tests.fakes.deliveries import series_of
from tests.unit.processes.report_box import Box

BY_RECEIVER = Rules(by_receiver=True, resend_after=timedelta(seconds=30), drain_per_s=1e5)


def test_a_new_hit_goes_out_before_the_backlog(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1, 2, 3)
    box.publisher.room = box.publisher.spare = 2
    box.publisher.connect()
    box.steps(2)
    box.record(4)
    box.clock.ahead_s += 2
    box.steps(2)
    assert box.publisher.sent == [4, 1, 2, 3]


def test_a_backlog_leaves_places_for_what_comes_new(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(*range(20))
    box.publisher.room, box.publisher.spare = 8, 6
    box.connect()
    assert len(box.publisher.sent) == 6


def test_a_backlog_goes_out_at_the_set_rate(tmp_path: Path) -> None:
    box = Box(tmp_path, rules=Rules(drain_per_s=10))
    box.record(*range(100))
    box.connect()
    assert len(box.publisher.sent) == 1
    for _ in range(20):
        box.clock.ahead_s += 0.1
        box.steps()
    assert 20 <= len(box.publisher.sent) <= 30


def test_boxes_begin_with_their_backlogs_at_different_moments(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1)
    box.publisher.connect()
    box.steps(2)
    assert box.publisher.sent == []
    box.clock.ahead_s += 1
    box.steps()
    assert box.publisher.sent == [1]


def test_with_a_receiver_the_brokers_word_releases_nothing(tmp_path: Path) -> None:
    box = Box(tmp_path, rules=BY_RECEIVER)
    box.record(1, 2)
    box.connect()
    box.take(1, 2)
    counts = SpoolView(box.path).counts()
    assert (counts.sent, counts.acknowledged) == (2, 0)
    box.answer((1, 2))
    assert SpoolView(box.path).counts().acknowledged == 2
    assert box.worker.report().figures["acknowledged_total"] == 2


def test_a_row_without_an_answer_goes_out_again_and_later_each_time(tmp_path: Path) -> None:
    box = Box(tmp_path, rules=BY_RECEIVER)
    box.record(1)
    box.connect()
    waits_s = []
    for tries in range(2, 5):
        waited_s = 0
        while len(box.publisher.sent) < tries:
            box.clock.ahead_s += 5
            waited_s += 5
            box.steps()
            assert waited_s < 1000
        waits_s.append(waited_s)
    assert 30 <= waits_s[0] <= 55
    assert waits_s[0] < waits_s[1] < waits_s[2]
    box.answer((1, 1))
    box.clock.ahead_s += 1000
    box.steps(2)
    assert len(box.publisher.sent) == 4


def test_an_answer_of_another_spool_or_for_numbers_never_given_is_counted_and_changes_nothing(
    tmp_path: Path,
) -> None:
    box = Box(tmp_path, rules=BY_RECEIVER)
    box.record(1, 2)
    box.connect()
    box.answer((1, 1), series="another")
    box.answer((1, 3))
    assert SpoolView(box.path).counts().acknowledged == 0
    assert box.worker.report().figures["refused_answers_total"] == 2


def test_while_nobody_answers_only_so_much_of_a_backlog_is_on_its_way(tmp_path: Path) -> None:
    box = Box(tmp_path, rules=BY_RECEIVER)
    box.record(*range(MAX_UNANSWERED + 100))
    box.connect()
    while len(box.publisher.sent) < MAX_UNANSWERED:
        box.clock.ahead_s += 0.01
        box.steps()
    box.steps(5)
    assert len(box.publisher.sent) == MAX_UNANSWERED
    box.answer((1, 50))
    box.steps()
    assert len(box.publisher.sent) == MAX_UNANSWERED + 50


def test_a_clock_that_jumps_to_and_fro_keeps_every_hit_until_it_is_answered(tmp_path: Path) -> None:
    box = Box(tmp_path, rules=BY_RECEIVER)
    box.connect()
    days = (-400, 400, -9000, 2, -1, 9000, 0)
    for number, jump in enumerate(days, 1):
        box.clock.jumped = timedelta(days=jump)
        box.record(number, 100 + number)
        box.clock.ahead_s += 3600
        box.steps(3)
        box.answer((2 * number, 2 * number))
        counts = SpoolView(box.path).counts()
        assert (counts.recorded + counts.sent, counts.total) == (number, 2 * number)
    assert {number for number, _ in enumerate(days, 1)} <= set(box.publisher.sent)
    box.answer((1, 2 * len(days)))
    assert SpoolView(box.path).counts().sent == 0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    answers=st.lists(
        st.tuples(
            st.booleans(),
            st.lists(st.tuples(st.integers(1, 12), st.integers(0, 6)), min_size=1, max_size=4),
        ),
        max_size=6,
    )
)
def test_whatever_is_answered_only_what_was_sent_and_named_is_acknowledged(
    tmp_path: Path, answers: list[tuple[bool, list[tuple[int, int]]]]
) -> None:
    """Six rows, of which four were sent; any answers, right or of another spool."""
    for one in tmp_path.glob("spool.db*"):
        one.unlink()
    box = Box(tmp_path, rules=BY_RECEIVER)
    box.record(*range(6))
    box.publisher.spare = 4
    box.connect()
    box.publisher.room = 0
    named: set[int] = set()
    for right, pairs in answers:
        ranges = [(first, first + length) for first, length in pairs]
        if right and all(last <= 6 for _, last in ranges):
            named |= {n for first, last in ranges for n in range(first, last + 1)}
        box.answer(*ranges, series=series_of(box.path) if right else "another")
    counts = SpoolView(box.path).counts()
    assert counts.acknowledged == len(named & {1, 2, 3, 4})
    assert counts.acknowledged + counts.sent + counts.recorded == 6
    box.worker.shutdown()
