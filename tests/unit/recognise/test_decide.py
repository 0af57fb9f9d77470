"""The state table, the rules, the re-alert interval."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from edge.recognise.decide import TABLE, Alerts, Rules, Signal, judge, next_verdict, probability
from edge.recognise.evidence import Evidence
from edge.recognise.pack import Calibration
from edge.values import Candidate, EntryRef, Verdict

RULES = Rules(threshold=0.95, margin=0.02, min_frames=3, max_looks=40, re_alert_s=60)
ENTRY = EntryRef("entry-1", "staff", None)


def candidate(person: str, score: float) -> Candidate:
    return Candidate(person, score, (EntryRef(f"entry-{person}", "staff", None),))


@pytest.mark.parametrize(
    ("verdict", "signal"),
    [pair for pair in itertools.product(Verdict, Signal) if pair not in TABLE],
)
def test_a_step_outside_the_table_raises_and_leaves_the_state_alone(
    verdict: Verdict, signal: Signal
) -> None:
    evidence = Evidence(40)
    evidence.verdict = verdict
    with pytest.raises(ValueError, match="cannot get"):
        evidence.advance(signal)
    assert evidence.verdict is verdict


def test_a_lost_track_never_comes_back() -> None:
    assert not [pair for pair in TABLE if pair[0] is Verdict.LOST]


def test_no_track_becomes_a_hit_without_having_gathered_evidence() -> None:
    before_hit = {verdict for (verdict, _), after in TABLE.items() if after is Verdict.HIT}
    assert Verdict.TENTATIVE not in before_hit
    assert next_verdict(Verdict.EVIDENCE, Signal.MATCH) is Verdict.HIT


@pytest.mark.parametrize("looks", [1, 2])
def test_a_perfect_match_of_fewer_than_three_looks_is_not_yet_a_match(looks: int) -> None:
    outcome = judge((candidate("a", 1.0),), looks, RULES)
    assert outcome.signal is Signal.LOOK
    assert outcome.entries == ()


def test_rules_below_three_looks_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="three looks"):
        Rules(threshold=0.9, margin=0.0, min_frames=2, max_looks=10, re_alert_s=1)


def test_a_score_at_the_threshold_and_clear_of_others_is_a_match() -> None:
    outcome = judge((candidate("a", 0.95), candidate("b", 0.92)), 3, RULES)
    assert outcome.signal is Signal.MATCH
    assert outcome.margin == pytest.approx(0.03)
    assert [entry.entry_id for entry in outcome.entries] == ["entry-a"]


@pytest.mark.parametrize(
    "candidates",
    [
        (),
        (candidate("a", 0.949),),
        (candidate("a", 0.97), candidate("b", 0.96)),
    ],
    ids=["nobody listed", "below the threshold", "two people within the margin"],
)
def test_no_entry_comes_out_of_evidence_that_is_not_clear(
    candidates: tuple[Candidate, ...],
) -> None:
    outcome = judge(candidates, 5, RULES)
    assert outcome.signal in (Signal.NO_MATCH, Signal.CONFLICT)
    assert outcome.entries == ()


def test_two_people_within_the_margin_over_the_threshold_are_a_conflict_of_both_their_lists() -> (
    None
):
    twin = Candidate("b", 0.945, (EntryRef("entry-b", "guests", None),))
    outcome = judge((candidate("a", 0.955), twin), 3, RULES)
    assert outcome.signal is Signal.CONFLICT
    assert outcome.leaning == {"staff", "guests"}


def test_two_people_within_the_margin_under_the_threshold_are_no_conflict() -> None:
    outcome = judge((candidate("a", 0.94), candidate("b", 0.935)), 3, RULES)
    assert outcome.signal is Signal.NO_MATCH
    assert outcome.leaning == frozenset()


def test_a_conflict_is_settled_by_better_looks_and_never_is_a_hit_itself() -> None:
    assert next_verdict(Verdict.EVIDENCE, Signal.CONFLICT) is Verdict.UNCERTAIN
    assert next_verdict(Verdict.UNCERTAIN, Signal.CONFLICT) is Verdict.UNCERTAIN
    assert next_verdict(Verdict.UNCERTAIN, Signal.MATCH) is Verdict.HIT
    conflicts = {after for (_, signal), after in TABLE.items() if signal is Signal.CONFLICT}
    assert conflicts == {Verdict.UNCERTAIN}


@pytest.mark.parametrize(("looks", "needed"), [(1, 0.95), (3, 0.97), (4, 0.97), (9, 0.98)])
def test_the_score_needed_depends_on_the_number_of_looks(looks: int, needed: float) -> None:
    rules = replace(RULES, by_looks=((3, 0.97), (5, 0.98)))
    assert rules.needed(looks) == needed
    enough = max(looks, 3)
    assert judge((candidate("a", needed - 0.001),), enough, rules).entries == ()


def test_the_same_entry_is_reported_once_within_the_interval_and_again_after_it() -> None:
    alerts = Alerts(60)
    assert alerts.admit(ENTRY, 100.0)
    assert not alerts.admit(ENTRY, 159.9)
    assert alerts.admit(ENTRY, 160.0)
    assert alerts.suppressed_total == 1


def test_another_entry_is_not_held_back() -> None:
    alerts = Alerts(60)
    alerts.admit(ENTRY, 0.0)
    assert alerts.admit(EntryRef("entry-2", "staff", None), 0.1)


def test_a_clock_that_starts_over_does_not_hold_hits_back() -> None:
    alerts = Alerts(60)
    alerts.admit(ENTRY, 1000.0)
    assert alerts.admit(ENTRY, 5.0)


def test_probability_rises_with_the_score_and_stays_within_bounds() -> None:
    calibration = Calibration(slope=466, offset=-448, source="test")
    values = [probability(score, calibration) for score in (-1.0, 0.9, 0.96, 0.97, 1.0)]
    assert values == sorted(values)
    assert all(0.0 <= value <= 1.0 for value in values)
    assert values[0] < 1e-9
    assert values[-1] > 0.99
