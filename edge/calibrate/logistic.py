"""From a score to a probability: logistic regression of one variable, both sides weighing equally.

In: mated and non-mated scores. Out: slope and offset of 1 / (1 + exp(-(slope*score + offset))).
Newton's method on the standardised score; a weak pull towards 0 keeps the slope finite when
no scores overlap.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge.calibrate.too_few import TooFew

Doubles = npt.NDArray[np.float64]

_PULL = 1e-5
_STEPS = 200


def fit_logistic(mated: Doubles, others: Doubles) -> tuple[float, float]:
    """Slope and offset; at score -offset/slope both sides are equally likely.

    Raises:
        TooFew: one side is empty, or mated scores are no higher than the others.
    """
    if not len(mated) or not len(others) or mated.mean() <= others.mean():
        raise TooFew("mated scores do not lie above the others")
    scores = np.concatenate([mated, others])
    labels = np.repeat([1.0, 0.0], [len(mated), len(others)])
    weights = np.repeat([0.5 / len(mated), 0.5 / len(others)], [len(mated), len(others)])
    middle, spread = float(weights @ scores), float(scores.std())
    columns = np.stack([(scores - middle) / spread, np.ones_like(scores)])
    found: Doubles = np.zeros(2)
    for _ in range(_STEPS):
        step = _newton(columns, labels, weights, found)
        found = np.asarray(found - step, np.float64)
        if float(np.abs(step).max()) < 1e-10:
            break
    slope = float(found[0]) / spread
    return slope, float(found[1]) - slope * middle


def _newton(columns: Doubles, labels: Doubles, weights: Doubles, at: Doubles) -> Doubles:
    likely = 1.0 / (1.0 + np.exp(-np.clip(at @ columns, -60.0, 60.0)))
    slope = columns @ (weights * (likely - labels)) + _PULL * at
    curve = (columns * (weights * likely * (1.0 - likely))) @ columns.T + _PULL * np.eye(2)
    return np.asarray(np.clip(np.linalg.solve(curve, slope), -1.0, 1.0), np.float64)
