"""Looks at fewer frames while the processor is hot, and at all of them again once it has cooled.

The rule: at ``HOT_C`` or above the frame rate is halved, and halved again every ``STEP_S`` for as
long as it stays there, down to an eighth; at ``COOL_C`` or below it is doubled every ``STEP_S``
until it is whole; in between it stays. Both boards slow down by themselves a few degrees above
``HOT_C``, all at once and without a word. Where the machine tells no temperature nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable

HOT_C = 80.0
COOL_C = 70.0
STEP_S = 10.0
MAX_HALVINGS = 3
LONGEST_WAIT_S = 1.0  # the watchdog must not take coolness for a hang


class Cooling:
    """Says how long to wait before the next frame.

    Args:
        temperature_c: how hot the processor is; None: not told.
        frames_per_s: the full rate.
    """

    def __init__(self, temperature_c: Callable[[], float | None], frames_per_s: float) -> None:
        self._temperature_c = temperature_c
        self._frames_per_s = frames_per_s
        self._halvings = 0
        self._looked_s = float("-inf")
        self._frame_s = float("-inf")

    @property
    def share(self) -> float:
        """Which part of the frames is looked at, 1/8 to 1."""
        return float(0.5**self._halvings)

    def wait_s(self, now_s: float) -> float:
        """How long to wait before the next frame is taken; 0 at the full rate.

        Args:
            now_s: steady time, seconds.
        """
        self._look(now_s)
        due_s = self._frame_s + 1 / (self._frames_per_s * self.share)
        wait_s = min(LONGEST_WAIT_S, max(0.0, due_s - now_s)) if self._halvings else 0.0
        self._frame_s = now_s + wait_s
        return wait_s

    def _look(self, now_s: float) -> None:
        if now_s - self._looked_s < STEP_S:
            return
        self._looked_s = now_s
        heat_c = self._temperature_c()
        if heat_c is None or heat_c <= COOL_C:
            self._halvings = max(0, self._halvings - 1)
        elif heat_c >= HOT_C:
            self._halvings = min(MAX_HALVINGS, self._halvings + 1)
