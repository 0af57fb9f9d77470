"""What has been gathered about one track: its best looks and where the decision stands.

In: templates with weights. Out: the fused template, the weighted mean direction of the looks
kept. Always: a bounded number of looks is kept, a better one takes the worst one's place, and
a track takes a bounded number in all. Looks lie in one array, and are fused once for each that is
added. Templates live only here and only as long as the track; nothing of a stranger outlives it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge.recognise.decide import Outcome, Signal, next_verdict, withhold
from edge.recognise.presence import Presence, Reason
from edge.values import Floats, Verdict

_BETTER = 1.1  # a look this much heavier than the worst one kept is worth an embedding
_MOST_TAKEN = 3  # times the looks kept
_MOST_REFUSED = 40  # looks in a row that were not usable; then no more are expected of a still face


class Evidence:
    """One track's looks and state.

    Args:
        most_looks: looks that are kept.

    Attributes:
        verdict: where the decision stands.
        leaning: see :class:`edge.recognise.decide.Outcome`; of the last decision.
        last_look_s: source time at which a template was last compared with it, seconds.
        flaw: why the last look could not be used, one sentence; empty when it could (``note``).
        presence: what the track shows of being a person; None while no list demands it.
        withheld: why the last match was withheld from lists that demand presence.
    """

    __slots__ = (
        "_fused",
        "_most_looks",
        "_refused",
        "_taken",
        "_templates",
        "_weights",
        "flaw",
        "last_look_s",
        "leaning",
        "presence",
        "verdict",
        "withheld",
    )

    def __init__(self, most_looks: int = 1000) -> None:
        self._most_looks = most_looks
        self._templates: Floats = np.empty((0, 0), np.float32)
        self._weights: list[float] = []
        self._fused: Floats | None = None
        self._taken = 0
        self._refused = 0
        self.verdict = Verdict.TENTATIVE
        self.leaning: frozenset[str] = frozenset()
        self.last_look_s = 0.0
        self.flaw = ""
        self.presence: Presence | None = None
        self.withheld = Reason.NONE

    @property
    def looks(self) -> int:
        """Number of looks fused."""
        return len(self._weights)

    @property
    def settled(self) -> bool:
        """Whether no look, however good, would be fused any more."""
        decided = self.verdict is Verdict.HIT and self.withheld is Reason.NONE
        return decided or self._taken >= _MOST_TAKEN * self._most_looks

    @property
    def open(self) -> bool:
        """Whether more looks, as good as the last one, may change the decision."""
        if self.settled or self._refused >= _MOST_REFUSED:
            return False
        return self.looks < self._most_looks or self.presence is not None

    def note(self, flaw: str) -> None:
        """Take note of why a look cannot be used; "": it can."""
        self.flaw = flaw
        self._refused = self._refused + 1 if flaw else 0

    def wants(self, weight: float) -> bool:
        """Whether a look of this weight is to be fused."""
        if self.settled:
            return False
        return self.looks < self._most_looks or weight > _BETTER * min(self._weights)

    def agrees(self, template: Floats, limit: float) -> bool:
        """Whether a look can be of the same face as those before (cosine >= limit)."""
        return not self._weights or float(self.fused() @ template) >= limit

    def add(self, template: Floats, weight: float) -> None:
        """Fuse one more look, (dimensions,) float32 of length 1, weight in (0, 1]."""
        if not len(self._templates):
            self._templates = np.empty((self._most_looks, len(template)), np.float32)
        if self.looks >= self._most_looks:
            worst = int(np.argmin(self._weights))
            self._templates[worst:-1] = self._templates[worst + 1 :]
            del self._weights[worst]
        self._templates[self.looks] = template
        self._weights.append(weight)
        self._taken += 1
        self._fused = None

    def fused(self) -> Floats:
        """The fused template, length 1; not to be written to.

        Raises:
            ValueError: no look was added yet.
        """
        if self._fused is None:
            if not self._weights:
                raise ValueError("no look was fused yet")
            total = np.asarray(self._weights, np.float32) @ self._templates[: self.looks]
            length = max(float(np.linalg.norm(total)), 1e-9)
            self._fused = total / np.float32(length)
        return self._fused

    def advance(self, signal: Signal) -> Verdict:
        """Take a step in the state table."""
        self.verdict = next_verdict(self.verdict, signal)
        return self.verdict

    def if_present(self, outcome: Outcome) -> Outcome:
        """What a match is worth given what the track shows of presence."""
        if self.verdict is Verdict.HIT:
            # The entries that demand nothing were reported when it became one.
            strict = tuple(entry for entry in outcome.entries if entry.needs_presence)
            outcome = replace(outcome, entries=strict)
        if not any(entry.needs_presence for entry in outcome.entries):
            return outcome
        finding = self.presence.find() if self.presence else None
        self.withheld = finding.reason if finding else Reason.FEW
        return withhold(outcome) if self.withheld else outcome
