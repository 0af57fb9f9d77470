"""When looks become a hit: a literal state table, and the rules that feed it.

States and signals of one track::

    tentative  --seen--> tentative         a face, no usable look yet
    tentative  --look--> evidence          fewer looks than are needed
    evidence   --match--> hit              enough looks, one person, clear of all others
    evidence   --no match--> unknown       enough looks, nobody
    unknown    --match--> hit              better looks came
    any        --gone--> lost              the track has ended

``decide`` never invents an entry: it only passes on what the gallery returned, and the
gallery returns live, in-scope consents only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from edge.recognise.pack import Calibration
from edge.values import Candidate, EntryRef, Verdict


class Signal(StrEnum):
    """What happened to a track in a frame."""

    SEEN = "seen"
    LOOK = "look"
    MATCH = "match"
    NO_MATCH = "no match"
    GONE = "gone"


TABLE: dict[tuple[Verdict, Signal], Verdict] = {
    (Verdict.TENTATIVE, Signal.SEEN): Verdict.TENTATIVE,
    (Verdict.TENTATIVE, Signal.LOOK): Verdict.EVIDENCE,
    (Verdict.TENTATIVE, Signal.GONE): Verdict.LOST,
    (Verdict.EVIDENCE, Signal.SEEN): Verdict.EVIDENCE,
    (Verdict.EVIDENCE, Signal.LOOK): Verdict.EVIDENCE,
    (Verdict.EVIDENCE, Signal.MATCH): Verdict.HIT,
    (Verdict.EVIDENCE, Signal.NO_MATCH): Verdict.UNKNOWN,
    (Verdict.EVIDENCE, Signal.GONE): Verdict.LOST,
    (Verdict.UNKNOWN, Signal.SEEN): Verdict.UNKNOWN,
    (Verdict.UNKNOWN, Signal.MATCH): Verdict.HIT,
    (Verdict.UNKNOWN, Signal.NO_MATCH): Verdict.UNKNOWN,
    (Verdict.UNKNOWN, Signal.GONE): Verdict.LOST,
    (Verdict.HIT, Signal.SEEN): Verdict.HIT,
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
        threshold: fused cosine similarity needed.
        margin: lead over the best other person needed.
        min_frames: looks needed, at least three.
        max_looks: looks after which a track is not embedded any more.
        re_alert_s: the same entry is not reported again within this time, seconds.
    """

    threshold: float
    margin: float
    min_frames: int
    max_looks: int
    re_alert_s: float

    def __post_init__(self) -> None:
        if self.min_frames < 3:
            raise ValueError("a hit rests on at least three looks")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules make of a track's fused looks."""

    signal: Signal
    score: float = 0.0
    margin: float = 2.0
    entries: tuple[EntryRef, ...] = ()


def judge(candidates: tuple[Candidate, ...], looks: int, rules: Rules) -> Outcome:
    """Whether fused looks are a match.

    Args:
        candidates: the best two people for the fused template, best first.
        looks: number of looks fused.
        rules: what is enough.
    """
    if looks < rules.min_frames:
        return Outcome(Signal.LOOK)
    if not candidates:
        return Outcome(Signal.NO_MATCH)
    best = candidates[0]
    margin = best.score - candidates[1].score if len(candidates) > 1 else 2.0
    clear = best.score >= rules.threshold and margin >= rules.margin
    signal = Signal.MATCH if clear else Signal.NO_MATCH
    return Outcome(signal, best.score, margin, best.entries if clear else ())


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
