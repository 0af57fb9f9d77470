"""Trials made of bare scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge.eval.identify import Trials
from edge.eval.look import Failure


def trials(
    own: Sequence[float],
    strangers: Sequence[float],
    other: Sequence[float] | None = None,
    person: Sequence[int] | None = None,
) -> Trials:
    """Trials with these scores; minus infinity is a failure to acquire."""
    mine, theirs = np.array(own, np.float64), np.array(strangers, np.float64)
    return Trials(
        gallery=len(own),
        failed_to_enrol=0,
        person=np.array(range(len(own)) if person is None else person, np.int64),
        own=mine,
        other=np.full(len(own), -1.0) if other is None else np.array(other, np.float64),
        acquired=np.isfinite(mine),
        stranger=theirs,
        stranger_acquired=np.isfinite(theirs),
        pictures=len(own) + len(strangers),
        failures=dict.fromkeys(Failure, 0),
        refused=0,
        upsampled=0,
    )
