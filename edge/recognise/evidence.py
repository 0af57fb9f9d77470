"""What has been gathered about one track: fused looks and where the decision stands.

In: templates with weights. Out: the fused template, their weighted mean direction. Templates
live only here and only as long as the track; nothing of a stranger outlives it.
"""

from __future__ import annotations

import numpy as np

from edge.recognise.decide import Signal, next_verdict
from edge.values import Floats, Verdict


class Evidence:
    """One track's looks and state.

    Attributes:
        looks: number of looks fused.
        verdict: where the decision stands.
    """

    __slots__ = ("_sum", "looks", "verdict")

    def __init__(self) -> None:
        self._sum: Floats | None = None
        self.looks = 0
        self.verdict = Verdict.TENTATIVE

    def agrees(self, template: Floats, limit: float) -> bool:
        """Whether a look can be of the same face as those before (cosine >= limit)."""
        return self._sum is None or float(self.fused() @ template) >= limit

    def add(self, template: Floats, weight: float) -> None:
        """Fuse one more look, (dimensions,) float32 of length 1, weight in (0, 1]."""
        addend = template * np.float32(weight)
        self._sum = addend if self._sum is None else self._sum + addend
        self.looks += 1

    def fused(self) -> Floats:
        """The fused template, length 1.

        Raises:
            ValueError: no look was added yet.
        """
        if self._sum is None:
            raise ValueError("no look was fused yet")
        length = max(float(np.linalg.norm(self._sum)), 1e-9)
        return self._sum / np.float32(length)

    def advance(self, signal: Signal) -> Verdict:
        """Take a step in the state table."""
        self.verdict = next_verdict(self.verdict, signal)
        return self.verdict
