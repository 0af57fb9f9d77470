"""What a pack knows of its own scores: how often strangers reach one, how often the enrolled do.

In: the manifest's tables ``[calibration]`` and ``[[calibration.looks]]``, written by
``watchpost models calibrate``. Out: frozen values. Always: a tail's formula ends at a cosine
of 1 or beyond, so that no score a face can reach counts as impossible for a stranger's.
What follows from the numbers (rates, thresholds) is ``budget.py``'s matter.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

MATED_SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 0.99)
MAX_BAND = 64

Score = Annotated[float, Field(ge=-1, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LooksCalibration(_Table):
    """Scores of probes of so many fused looks against the mean of a person's photos.

    From ``tail_from`` on, the share of non-mated scores at or above ``t`` (FMR) is
    ``tail_share * (1 + tail_shape * (t - tail_from) / tail_scale) ** (-1 / tail_shape)``, the
    generalised Pareto distribution (Coles, An Introduction to Statistical Modeling of Extreme
    Values, 2001, section 4).

    Attributes:
        looks: looks fused.
        tail_from, tail_share, tail_scale, tail_shape: see above.
        measured_to: the highest non-mated score that was seen; beyond it the formula
            extrapolates.
        band: rows of threshold, lowest and highest FMR of a 95 % bootstrap over people.
        people: on the smaller side of the comparisons, which is what the band rests on; 0: not
            stated.
        mated: scores under which lie the shares ``MATED_SHARES`` of mated scores.
    """

    looks: Annotated[int, Field(ge=1, le=100)]
    tail_from: Score
    tail_share: Annotated[float, Field(gt=0, le=1)]
    tail_scale: Annotated[float, Field(gt=0, le=1)]
    tail_shape: Annotated[float, Field(ge=-100, le=1)]
    measured_to: Score
    band: Annotated[tuple[tuple[Score, Share, Share], ...], Field(max_length=MAX_BAND)] = ()
    people: Annotated[int, Field(ge=0)] = 0
    mated: Annotated[tuple[Score, ...], Field(min_length=len(MATED_SHARES))]

    @model_validator(mode="after")
    def _whole(self) -> LooksCalibration:
        if len(self.mated) != len(MATED_SHARES) or list(self.mated) != sorted(self.mated):
            raise ValueError(f"mated needs {len(MATED_SHARES)} scores, rising")
        if 1 + self.tail_shape * (1 - self.tail_from) / self.tail_scale < -1e-3:
            raise ValueError("the tail ends below a score of 1")
        return self


class Calibration(_Table):
    """What scores mean.

    Attributes:
        slope, offset: logistic map from a fused score to a probability:
            ``1 / (1 + exp(-(slope * score + offset)))``.
        source: what it was measured on.
        retests: how many times likelier a track is to reach the threshold once while its
            looks add up than to be above it at one given look.
        looks: error rates by number of fused looks, fewest first; empty: not measured.
    """

    slope: float
    offset: float
    source: str
    retests: Annotated[float, Field(ge=1, le=100)] = 1.0
    looks: Annotated[tuple[LooksCalibration, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Calibration:
        numbers = [one.looks for one in self.looks]
        if numbers != sorted(set(numbers)):
            raise ValueError("calibration.looks must rise")
        return self
