"""When looks become a hit: a literal state table, and the rules that feed it.

States and signals of one track::

    tentative  --seen--> tentative         a face, no usable look yet
    tentative  --look--> evidence          fewer looks than are needed
    evidence   --match--> hit              enough looks, one person, clear of all others
    evidence   --no match--> unknown       enough looks, nobody
    evidence   --conflict--> uncertain     near enough to two people, or two faces in one track
    unknown    --match--> hit              better looks came
    unknown    --conflict--> uncertain     better looks came, near two people
    uncertain  --match--> hit              better looks told the two apart
    uncertain  --no match--> unknown       better looks were near neither
    hit        --seen--> hit               checked now and then that it is still the same face
    hit        --match--> hit              presence was shown for the lists that demand it
    any        --gone--> lost              the track has ended

An uncertain track is never a hit: it names nobody and goes nowhere but into a count, for the
lists that asked for it. A match with nobody but lists that demand presence, when presence was
not shown, is a conflict too (``withhold``).
``decide`` never invents an entry: it only passes on what the gallery returned, and the
gallery returns live, in-scope consents only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from edge.recognise.pack import Calibration
from edge.values import Candidate, EntryRef, Verdict

_NEAR = 0.05  # below the threshold: single looks of an enrolled person lie within it


class Signal(StrEnum):
    """What happened to a track in a frame."""

    SEEN = "seen"
    LOOK = "look"
    MATCH = "match"
    NO_MATCH = "no match"
    CONFLICT = "conflict"
    GONE = "gone"


TABLE: dict[tuple[Verdict, Signal], Verdict] = {
    (Verdict.TENTATIVE, Signal.SEEN): Verdict.TENTATIVE,
    (Verdict.TENTATIVE, Signal.LOOK): Verdict.EVIDENCE,
    (Verdict.TENTATIVE, Signal.GONE): Verdict.LOST,
    (Verdict.EVIDENCE, Signal.SEEN): Verdict.EVIDENCE,
    (Verdict.EVIDENCE, Signal.LOOK): Verdict.EVIDENCE,
    (Verdict.EVIDENCE, Signal.MATCH): Verdict.HIT,
    (Verdict.EVIDENCE, Signal.NO_MATCH): Verdict.UNKNOWN,
    (Verdict.EVIDENCE, Signal.CONFLICT): Verdict.UNCERTAIN,
    (Verdict.EVIDENCE, Signal.GONE): Verdict.LOST,
    (Verdict.UNKNOWN, Signal.SEEN): Verdict.UNKNOWN,
    (Verdict.UNKNOWN, Signal.MATCH): Verdict.HIT,
    (Verdict.UNKNOWN, Signal.NO_MATCH): Verdict.UNKNOWN,
    (Verdict.UNKNOWN, Signal.CONFLICT): Verdict.UNCERTAIN,
    (Verdict.UNKNOWN, Signal.GONE): Verdict.LOST,
    (Verdict.UNCERTAIN, Signal.SEEN): Verdict.UNCERTAIN,
    (Verdict.UNCERTAIN, Signal.MATCH): Verdict.HIT,
    (Verdict.UNCERTAIN, Signal.NO_MATCH): Verdict.UNKNOWN,
    (Verdict.UNCERTAIN, Signal.CONFLICT): Verdict.UNCERTAIN,
    (Verdict.UNCERTAIN, Signal.GONE): Verdict.LOST,
    (Verdict.HIT, Signal.SEEN): Verdict.HIT,
    (Verdict.HIT, Signal.MATCH): Verdict.HIT,
    (Verdict.HIT, Signal.GONE): Verdict.LOST,
}


def next_verdict(verdict: Verdict, signal: Signal) -> Verdict:
    """The table's next state.

    Raises:
        ValueError: the step is not in the table; the caller's state stays as it was.
    """
    try:
        return TABLE[verdict, signal]
    except KeyError:
        raise ValueError(f"a track that is {verdict} cannot get {signal}") from None


@dataclass(frozen=True, slots=True)
class Rules:
    """When evidence is enough.

    Attributes:
        threshold: fused cosine similarity needed, unless ``by_looks`` says otherwise.
        margin: lead over the best other person needed.
        min_frames: looks needed, at least three.
        max_looks: most looks fused; a track with so many is embedded again only for a look
            that is better than the worst of them.
        re_alert_s: the same entry is not reported again within this time, seconds.
        by_looks: (looks, similarity), fewest looks first: needed from so many looks on.
        uncertain_lists: the lists that asked to hear of uncertain tracks.
    """

    threshold: float
    margin: float
    min_frames: int
    max_looks: int
    re_alert_s: float
    by_looks: tuple[tuple[int, float], ...] = ()
    uncertain_lists: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.min_frames < 3:
            raise ValueError("a hit rests on at least three looks")

    def needed(self, looks: int) -> float:
        """The fused cosine similarity needed with so many looks."""
        reached = [score for at, score in self.by_looks if at <= looks]
        return reached[-1] if reached else self.threshold


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules make of a track's fused looks.

    Attributes:
        signal: for the state table.
        score: of the best person.
        margin: its lead over the second.
        entries: the matched person's; only with a match.
        leaning: lists of the people who reached the threshold without being a match, and of
            those within the margin of them.
    """

    signal: Signal
    score: float = 0.0
    margin: float = 2.0
    entries: tuple[EntryRef, ...] = ()
    leaning: frozenset[str] = frozenset()


def judge(candidates: tuple[Candidate, ...], looks: int, rules: Rules) -> Outcome:
    """Whether fused looks are a match.

    Args:
        candidates: the best two people for the fused template, best first.
        looks: number of looks fused.
        rules: what is enough.
    """
    enough = looks >= rules.min_frames
    if not candidates:
        return Outcome(Signal.NO_MATCH if enough else Signal.LOOK)
    best = candidates[0]
    margin = best.score - candidates[1].score if len(candidates) > 1 else 2.0
    near = best.score >= rules.needed(looks)
    if enough and near and margin >= rules.margin:
        return Outcome(Signal.MATCH, best.score, margin, best.entries)
    alike = candidates if margin < rules.margin else candidates[:1]
    leaning = frozenset(e.list_id for one in alike for e in one.entries) if near else frozenset()
    undecided = Signal.CONFLICT if near else Signal.NO_MATCH
    return Outcome(undecided if enough else Signal.LOOK, best.score, margin, (), leaning)


def near_presence(candidates: tuple[Candidate, ...], looks: int, rules: Rules) -> bool:
    """Whether a track may soon match an entry that demands presence, so that it is watched."""
    least = rules.needed(looks) - _NEAR
    return any(
        one.score >= least and any(entry.needs_presence for entry in one.entries)
        for one in candidates
    )


def withhold(outcome: Outcome) -> Outcome:
    """A match without the entries that demand presence; a conflict when no other is left."""
    free = tuple(entry for entry in outcome.entries if not entry.needs_presence)
    if free:
        return replace(outcome, entries=free)
    leaning = frozenset(entry.list_id for entry in outcome.entries)
    return Outcome(Signal.CONFLICT, outcome.score, outcome.margin, (), leaning)


class Alerts:
    """Remembers which entries were reported when, so that one visit is one hit.

    Args:
        interval_s: the same entry is not reported again within this time, seconds.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._last_s: dict[str, float] = {}
        self.suppressed_total = 0

    def admit(self, entry: EntryRef, t_s: float) -> bool:
        """Whether to report an entry now; counts those held back."""
        last_s = self._last_s.get(entry.entry_id)
        if last_s is not None and 0 <= t_s - last_s < self._interval_s:
            self.suppressed_total += 1
            return False
        self._last_s = {
            key: then for key, then in self._last_s.items() if 0 <= t_s - then < self._interval_s
        }
        self._last_s[entry.entry_id] = t_s
        return True


def probability(score: float, calibration: Calibration) -> float:
    """Calibrated probability, 0..1, of a fused score."""
    exponent = -(calibration.slope * score + calibration.offset)
    return 1.0 / (1.0 + math.exp(min(60.0, max(-60.0, exponent))))
