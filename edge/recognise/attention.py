"""Which frames the detector looks at: all of them while anything could still change, else a few.

In: a frame, and how the tracks stand. Out: whether to look. A frame is left out only when all of
this holds: nothing moves and nothing moved for :data:`LINGER_S` before; every living track was seen
in the last look and needs no further look to be decided (``Evidence.open``); and the last look is
less than ``look_every_s`` old. So a track that can still change gets every look that it would get
without this, and what a gate cannot see (a person who stands still from the first frame, one who
creeps) is seen ``look_every_s`` late at most, which must be shorter than a track lives unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.recognise.motion import Motion
from edge.values import Frame

LINGER_S = 0.5
_JITTER_S = 1e-3


@dataclass(frozen=True, slots=True)
class Savings:
    """What may be left out, each by its own switch.

    Attributes:
        motion_gate: frames of a still scene in which nobody is followed.
        adaptive_rate: frames of a still scene in which everybody followed is decided.
        look_every_s: a look is taken at least so often, seconds.
        needed_looks: templates of looks that cannot change the decision.
    """

    motion_gate: bool = False
    adaptive_rate: bool = False
    look_every_s: float = 0.5
    needed_looks: bool = True


class Attention:
    """Decides for one camera's frames.

    Args:
        savings: the switches.

    Attributes:
        looked_s: source time of the last frame that was looked at, seconds; set by whoever looks.
    """

    def __init__(self, savings: Savings) -> None:
        self._savings = savings
        self._motion = Motion() if savings.motion_gate or savings.adaptive_rate else None
        self.looked_s = float("-inf")
        self._moved_s = float("-inf")

    def wants(self, frame: Frame, *, followed: bool, open_tracks: bool) -> bool:
        """Whether to look at a frame.

        Args:
            frame: the frame; called once for each, in order.
            followed: whether there are tracks.
            open_tracks: whether one of them needs this frame, or was not seen in the last look.
        """
        if self._motion is None or open_tracks:
            return True  # whether anything moves is not worth finding out
        if self._motion.moved(frame):
            self._moved_s = frame.t_s
        still = abs(frame.t_s - self._moved_s) > LINGER_S
        due = abs(frame.t_s - self.looked_s) >= self._savings.look_every_s - _JITTER_S
        spared = self._savings.adaptive_rate if followed else self._savings.motion_gate
        return due or not (still and spared)
