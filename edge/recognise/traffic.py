"""How many strangers pass in a week: counted, and smoothed so that two weeks are remembered.

In: the time on the source's own clock and how many strangers' tracks have ended. Out: passages
a week. Always: a new site begins at its prior, which weighs as much as one day of watching
and is forgotten like one; time in which no pictures came does not count. Nothing of a passage
is kept but that it was one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

WEEK_S = 7 * 86400.0
_PRIOR_S = 86400.0
_MEMORY_S = 2 * WEEK_S
_LONGEST_GAP_S = 10.0
_MOST_TRACKS = 1e9


@dataclass(frozen=True, slots=True)
class Counted:
    """What is remembered of the traffic.

    Attributes:
        tracks: passages, older ones counting less.
        watched_s: time in which they were counted, likewise, over 0, seconds.
    """

    tracks: float
    watched_s: float

    def __post_init__(self) -> None:
        bounded = 0.0 < self.watched_s <= _MEMORY_S and 0.0 <= self.tracks <= _MOST_TRACKS
        if not bounded:
            raise ValueError("a count of passages is out of its bounds")


class TrafficCounter:
    """Counts strangers' passages.

    Args:
        prior_per_week: what is assumed of a site before anything was counted.
        counted: what was remembered before a restart, the rest of the prior in it.

    Attributes:
        counted: what to remember over a restart.
    """

    def __init__(self, prior_per_week: float, counted: Counted | None = None) -> None:
        self._last_s: float | None = None
        self.counted = counted or Counted(prior_per_week / WEEK_S * _PRIOR_S, _PRIOR_S)

    def advance(self, t_s: float, tracks: int) -> None:
        """Time has come to ``t_s``, and so many more strangers' tracks have ended."""
        gap_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        watched_s = gap_s if 0.0 <= gap_s <= _LONGEST_GAP_S else 0.0
        keep = math.exp(-watched_s / _MEMORY_S)
        self.counted = Counted(
            tracks=min(_MOST_TRACKS, self.counted.tracks * keep + tracks),
            watched_s=min(_MEMORY_S, self.counted.watched_s * keep + watched_s),
        )

    @property
    def tracks_per_week(self) -> float:
        """Strangers' passages in a week of watching."""
        return self.counted.tracks / self.counted.watched_s * WEEK_S
