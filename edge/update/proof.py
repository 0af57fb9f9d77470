"""Keeps the slot that runs when the box works with it; else goes back to the other.

In: an :class:`~edge.update.rauc.Updater`, the ledger, the box's health. Out: an :class:`Outcome`.
Always:
- An installation is proven once: health must have held for a while after the start. From then on
  each start marks it good at once, so that a camera that fails a year later is told as what it is
  and does not bring an old image back.
- An unproven one that stays unhealthy is marked bad and the machine started again, but only
  where another slot would start; a box without a way back stays as it is, and says so.
- What is decided is in the ledger before RAUC is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from edge.errors import UpdateError
from edge.runtime.clock import Clock
from edge.update.ledger import Ledger
from edge.update.rauc import Updater
from edge.update.slots import Slots

LOOK_EVERY_S = 1.0


class Outcome(StrEnum):
    """How it ended."""

    KNOWN = "known"
    PROVEN = "proven"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Rules:
    """How long what must hold.

    Attributes:
        hold_s: health must have held without a break.
        within_s: health that has not begun to hold by then never will.
    """

    hold_s: float
    within_s: float


def check_may_install(slots: Slots, ledger: Ledger) -> None:
    """Refuse to write over the only image that is known to work.

    Raises:
        UpdateError: the running image is not proven yet, and the other slot is the way back.
    """
    if not ledger.is_proven(slots.booted) and slots.has_way_back:
        raise UpdateError(
            "The running image is not proven yet, and the other slot is the way back.",
            "Wait until watchpost-update.service has ended, or `watchpost update mark-good --now`.",
        )


class Proof:
    """Decides about the slot that runs.

    Args:
        updater: RAUC.
        ledger: what is known of installations.
        health: "" or what is missing.
        clock: time.
        wait: waits a number of seconds.
        restart: starts the machine again.
        tell: hears, about once a second, what is waited for.
    """

    def __init__(
        self,
        updater: Updater,
        ledger: Ledger,
        health: Callable[[], str],
        clock: Clock,
        *,
        wait: Callable[[float], None],
        restart: Callable[[], None],
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._updater = updater
        self._ledger = ledger
        self._health = health
        self._clock = clock
        self._wait = wait
        self._restart = restart
        self._tell = tell

    def decide(self, rules: Rules, *, may_roll_back: bool) -> Outcome:
        """Mark the running slot.

        Raises:
            UpdateError: RAUC cannot be asked or told; or the box is not well and there is no way
                back, or none was wanted.
        """
        slots = self._updater.slots()
        if self._ledger.is_proven(slots.booted):
            self._updater.mark("good")
            return Outcome.KNOWN
        problem = self._wait_for_health(rules)
        if not problem:
            self._ledger.note_proven(slots.booted)
            self._updater.mark("good")
            return Outcome.PROVEN
        if not may_roll_back:
            raise UpdateError(
                f"The box is not well, so this image is not marked good. {problem}",
                "Run `watchpost doctor`; `watchpost update mark-bad --reboot` goes back.",
            )
        self.roll_back(slots, problem)
        return Outcome.ROLLED_BACK

    def roll_back(self, slots: Slots, why: str) -> None:
        """Mark the running slot bad and start the other.

        Raises:
            UpdateError: there is no other that would start, or RAUC cannot be told.
        """
        if not slots.has_way_back:
            raise UpdateError(
                f"The box is not well, and no other slot would start. {why}",
                "Run `watchpost doctor`; install an image that works: `watchpost update install`.",
            )
        self._ledger.note_refused(slots.booted, why)
        self._updater.mark("bad")
        self._restart()

    def _wait_for_health(self, rules: Rules) -> str:
        """Wait until health has held; "" then, else what was missing last."""
        began_s = self._clock.monotonic_s()
        well_since_s: float | None = None
        while True:
            problem = self._health()
            now_s = self._clock.monotonic_s()
            if problem:
                well_since_s = None
                if now_s - began_s >= rules.within_s:
                    return problem
            elif well_since_s is None:
                well_since_s = now_s
            if well_since_s is not None and now_s - well_since_s >= rules.hold_s:
                return ""
            self._tell(problem or "The box works; it is watched for a while.")
            self._wait(LOOK_EVERY_S)
