"""A light on the board shows how the box is, for whoever stands in front of it.

In: snapshots. Out: ``trigger`` and ``brightness`` of one LED below ``/sys/class/leds``
(Documentation/leds/leds-class.rst of the kernel). Always: written only when it changes; blinking is
the kernel's own and goes on without this process, which leaves "not watching" behind when it ends;
a light that cannot be written is told once in the log and is no fault of the box.

======================  ============  =================================================
light                   code          meaning
======================  ============  =================================================
steady                  working       pictures arrive and people are looked for
on and off, each 0.5 s  not watching  nobody is recognised; the page says why
two beats, a pause      setting up    starting, or no watchlist yet
a flash every 2 s       updating      a new image is being written or watched: no unplugging
======================  ============  =================================================
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from edge.status.snapshot import Snapshot, Standing
from edge.status.verdict import Level, judge

log = logging.getLogger(__name__)

LEDS = Path("/sys/class/leds")
STEPS_A_LOOK = 4
_ON, _OFF = "255", "0"  # more than an LED has is its most


class Code(StrEnum):
    """What the light says."""

    WORKING = "working"
    NOT_WATCHING = "not watching"
    SETTING_UP = "setting up"
    UPDATING = "updating"


@dataclass(frozen=True, slots=True)
class Light:
    """How a code looks.

    Attributes:
        trigger: the kernel's, which then blinks by itself; "none": we do.
        steps: brightness at each step, over and over; none with a trigger of the kernel's.
    """

    trigger: str
    steps: tuple[str, ...] = ()


LIGHTS = {
    Code.WORKING: Light("none", (_ON,)),
    Code.NOT_WATCHING: Light("timer"),
    Code.SETTING_UP: Light("heartbeat"),
    Code.UPDATING: Light("none", (_ON, _OFF, _OFF, _OFF)),
}


def code_of(snapshot: Snapshot, *, updating: bool) -> Code:
    """What the light is to say."""
    if updating:
        return Code.UPDATING
    recognise = snapshot.recognise
    starts = recognise.standing in (Standing.STARTING, Standing.ABSENT)
    if starts or recognise.figure("watchlist_version") == 0:
        return Code.SETTING_UP
    failing = judge(snapshot).level is Level.FAILURE
    return Code.NOT_WATCHING if failing else Code.WORKING


class Lamp:
    """The light.

    Args:
        folder: of the LED.
        look: takes a snapshot.
        is_updating: whether an update goes on.
    """

    def __init__(
        self, folder: Path, look: Callable[[], Snapshot], is_updating: Callable[[], bool]
    ) -> None:
        self._folder = folder
        self._look = look
        self._is_updating = is_updating
        self._code: Code | None = None
        self._written: dict[str, str] = {}
        self._steps = 0
        self._told = False

    def step(self) -> None:
        """Go on; called about twice a second."""
        if self._steps % STEPS_A_LOOK == 0:
            self._code = code_of(self._look(), updating=self._is_updating())
        if self._code is not None:
            self._show(LIGHTS[self._code])
        self._steps += 1

    def close(self) -> None:
        """The box is no longer looked after: whoever comes is to know."""
        self._show(LIGHTS[Code.NOT_WATCHING])

    def _show(self, light: Light) -> None:
        try:
            self._write("trigger", light.trigger)
            if light.steps:
                self._write("brightness", light.steps[self._steps % len(light.steps)])
            else:
                self._written.pop("brightness", None)  # it is the kernel's now
            self._told = False
        except OSError as error:
            self._written.clear()
            if not self._told:
                log.warning("the light %s cannot be set (%s)", self._folder.name, error.strerror)
            self._told = True

    def _write(self, name: str, value: str) -> None:
        if self._written.get(name) != value:
            (self._folder / name).write_text(value)
            self._written[name] = value
