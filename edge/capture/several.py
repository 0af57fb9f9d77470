"""Several cameras as one source: whose picture is next, and who is lost.

In: cameras, each read in a thread of its own (:class:`edge.capture.latest.Latest`). Out: frames of
all of them; ``Frame.camera`` says whose. The processor's time between ``read`` and ``release`` is
shared fairly: each camera pays for it with its share, and of those that have a picture the one that
has paid least is next; who had nothing to show saves up no more than :data:`CREDIT_S`. Always: a
camera that is lost, silent or held up by its driver costs the others nothing. It is tried again
after a pause that doubles up to its ``reconnect_max``, and ``problem`` names it meanwhile. ``read``
raises only when every camera is lost, and gives None when every recording has ended.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from edge.capture.latest import Latest
from edge.errors import CaptureError
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Frame

CREDIT_S = 1.0
FIRST_PAUSE_S = 0.5
_FOREVER = float("inf")


@dataclass(slots=True)
class _Camera:
    """One camera and its account.

    Attributes:
        settings: its own.
        source: reads it.
        paid_s: time spent on its frames, by its share.
        due_s: until when it must have given something; when paused, when it is tried again.
        lost: why it gave nothing, until it gives a frame.
        paused: whether it is left alone for now.
        failures: since its last frame.
        ended: whether its recording is over.
    """

    settings: CameraSettings
    source: Latest
    paid_s: float = 0.0
    due_s: float = 0.0
    lost: CaptureError | None = None
    paused: bool = False
    failures: int = 0
    ended: bool = False


class Several:
    """See the module.

    Args:
        cameras: settings and source of each, by different names.
        clock: time.
        changed: the condition that all the sources tell.
    """

    def __init__(
        self,
        cameras: list[tuple[CameraSettings, Latest]],
        clock: Clock,
        changed: threading.Condition,
    ) -> None:
        self._cameras = {own.name: _Camera(own, source) for own, source in cameras}
        self._clock = clock
        self._changed = changed
        self._served_s = 0.0
        self._begun_s = 0.0

    @property
    def dropped(self) -> int:
        """Frames of all cameras that were left out for newer ones."""
        return sum(one.source.dropped for one in self._cameras.values())

    @property
    def dropped_by_camera(self) -> dict[str, int]:
        """The same by camera."""
        return {name: one.source.dropped for name, one in self._cameras.items()}

    @property
    def problem(self) -> CaptureError | None:
        """The first camera that is lost, and why, while others go on."""
        for name, one in self._cameras.items():
            if one.lost is not None:
                return CaptureError(f"Camera {name}: {one.lost.problem}", one.lost.remedy)
        return None

    def open(self) -> None:
        """Begin to open every camera; what comes of it ``read`` says."""
        for one in self._cameras.values():
            one.failures, one.lost, one.ended = 0, None, False
            self._begin(one)

    def read(self) -> Frame | None:
        """The next frame of the camera whose turn it is.

        Raises:
            CaptureError: every camera is lost; the first one's reason.
        """
        while True:
            self._tend()
            waiting = [one for one in self._cameras.values() if self._is_ready(one)]
            if waiting:
                frame = self._take(self._next(waiting))
                if frame is not None:
                    return frame
            elif all(one.ended for one in self._cameras.values()):
                return None
            elif all(one.ended or one.paused for one in self._cameras.values()):
                raise self.problem or CaptureError("No camera gives pictures.", "Check them.")
            else:
                self._wait()

    def release(self, frame: Frame) -> None:
        """Give a frame back, and charge its camera for the time since ``read``."""
        one = self._cameras[frame.camera]
        one.paid_s += (self._clock.monotonic_s() - self._begun_s) / one.settings.share
        one.source.release(frame)

    def close(self) -> None:
        """Stop all cameras; safe to call twice."""
        for one in self._cameras.values():
            one.source.give_up()
        for one in self._cameras.values():
            one.source.close()

    def _begin(self, one: _Camera) -> None:
        own = one.settings
        try:
            one.source.begin()
        except CaptureError as error:
            self._lose(one, error)
            return
        one.paused = False
        patience_s = own.open_timeout.total_seconds() + own.read_timeout.total_seconds()
        one.due_s = self._clock.monotonic_s() + patience_s

    def _lose(self, one: _Camera, error: CaptureError) -> None:
        one.source.give_up()
        one.lost, one.paused = error, True
        pause_s = FIRST_PAUSE_S * 2.0 ** min(one.failures, 20)
        one.failures += 1
        longest_s = one.settings.reconnect_max.total_seconds()
        one.due_s = self._clock.monotonic_s() + min(pause_s, longest_s)

    def _wait(self) -> None:
        """Until there is something to read, or a camera is to be looked after."""
        due_s = min((one.due_s for one in self._cameras.values() if not one.ended), default=0.0)
        left_s = max(0.0, due_s - self._clock.monotonic_s())
        with self._changed:
            self._changed.wait_for(
                lambda: any(self._is_ready(one) for one in self._cameras.values()), left_s
            )

    def _is_ready(self, one: _Camera) -> bool:
        return not one.ended and not one.paused and one.source.ready

    def _tend(self) -> None:
        """Try lost cameras again, and give up those that have been silent for too long."""
        now_s = self._clock.monotonic_s()
        for one in self._cameras.values():
            if one.ended or now_s < one.due_s or self._is_ready(one):
                continue
            if one.paused:
                self._begin(one)
            else:
                error = CaptureError(
                    "The camera gave no picture within the time-out.",
                    "Check the camera and its connection.",
                )
                self._lose(one, error)

    def _next(self, waiting: list[_Camera]) -> _Camera:
        for one in waiting:
            one.paid_s = max(one.paid_s, self._served_s - CREDIT_S)
        chosen = min(waiting, key=lambda one: one.paid_s)
        self._served_s = chosen.paid_s
        return chosen

    def _take(self, one: _Camera) -> Frame | None:
        try:
            frame = one.source.read()
        except CaptureError as error:
            self._lose(one, error)
            return None
        self._begun_s = self._clock.monotonic_s()
        if frame is None:
            one.ended = True
            return None
        one.failures, one.lost = 0, None
        one.due_s = self._begun_s + one.settings.read_timeout.total_seconds()
        return frame
