"""A folder of photos as a source.

In: a folder of JPEG, PNG and WebP files, or one such file. Out: frames in the order of the
files' names; ``t_s`` is the picture's number over ``frames_per_s``. Always: an unusable picture
is skipped and counted, and a folder without one usable picture is an error. Decoding is left to
``images.py``.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from edge.capture.images import ENDINGS, MENDING, read_picture
from edge.capture.pace import Pacer, Wait
from edge.errors import CaptureError, SourceMissing
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Frame

MAX_PICTURES = 100_000


class PictureFolder:
    """A folder of pictures, or one picture; ``skipped`` counts what could not be read.

    Args:
        settings: ``source`` is the folder or file; also name, rate, pace, loop and time-outs.
        clock: time.
        wait: waits a number of seconds or less; an ``Event.wait`` lets a thread stop early.
    """

    def __init__(self, settings: CameraSettings, clock: Clock, *, wait: Wait = time.sleep) -> None:
        self._settings = settings
        self._clock = clock
        self._wait = wait
        self._paths: list[Path] = []
        self._next = 0
        self._index = 0
        self._usable = 0
        self._began = clock.utc()
        self._pacer = self._new_pacer()
        self.skipped = 0

    def open(self) -> None:
        """List the folder; index and time go on where an earlier reading stood.

        Raises:
            SourceMissing: there is no such folder.
            CaptureError: it holds no picture, or too many.
        """
        self._paths = self._listed(Path(self._settings.source))
        self._next = self._usable = 0
        self._began = self._clock.utc() - timedelta(seconds=self._t_s())
        self._pacer = self._new_pacer()

    def read(self) -> Frame | None:
        """The next picture, when it is due; None at the end unless the folder loops.

        Raises:
            CaptureError: not one picture of the folder can be read, or it is not open.
        """
        found = self._next_usable()
        if found is None:
            return None
        t_s = self._t_s()
        frame = Frame(
            camera=self._settings.name,
            index=self._index,
            t_s=t_s,
            taken_at=self._began + timedelta(seconds=t_s),
            y=found.y,
            u=found.u,
            v=found.v,
            full_range=found.full_range,
            matrix=found.matrix,
        )
        self._index += 1
        if self._settings.pace == "real-time":
            self._pacer.wait_for(t_s)
        return frame

    def release(self, frame: Frame) -> None:
        """Nothing to hand back: the planes belong to the frame."""

    def close(self) -> None:
        """Forget the list; safe to call twice."""
        self._paths = []

    def _t_s(self) -> float:
        return self._index / self._settings.frames_per_s

    def _new_pacer(self) -> Pacer:
        longest_s = self._settings.read_timeout.total_seconds() / 2
        return Pacer(self._clock, self._wait, longest_s)

    def _next_usable(self) -> Frame | None:
        if not self._paths:
            raise CaptureError("The folder is not open.", "Open the source before reading it.")
        until_s = self._clock.monotonic_s() + self._settings.read_timeout.total_seconds()
        while self._clock.monotonic_s() <= until_s:
            if self._next == len(self._paths) and not self._again():
                return None
            path = self._paths[self._next]
            self._next += 1
            try:
                found = read_picture(path)
            except CaptureError:
                self.skipped += 1
                continue
            self._usable += 1
            return found
        raise CaptureError(
            f"No usable picture was found in {self._settings.source} within the time-out.",
            "Remove the damaged pictures from the folder.",
        )

    def _again(self) -> bool:
        if not self._usable:
            raise CaptureError(
                f"Not one of the {len(self._paths)} pictures in {self._settings.source} is usable.",
                MENDING,
            )
        self._next = self._usable = 0
        return self._settings.loop

    def _listed(self, place: Path) -> list[Path]:
        if place.is_file():
            return [place]
        try:
            paths = sorted(p for p in place.iterdir() if p.suffix.lower() in ENDINGS)
        except OSError as error:
            raise SourceMissing(
                f"There is no folder of pictures {place} ({error.strerror}).",
                "Check camera.source.",
            ) from error
        if not 0 < len(paths) <= MAX_PICTURES:
            raise CaptureError(
                f"{place} holds {len(paths)} pictures; from 1 to {MAX_PICTURES} can be played.",
                f"Put pictures into it whose names end in {', '.join(ENDINGS)}.",
            )
        return paths
