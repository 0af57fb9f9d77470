"""Shows a camera's picture to whoever aims it, with every face hidden, while somebody looks.

In: frames, and the faces that the pipeline follows in them. Out: two files of the camera's in RUN
(:mod:`edge.runtime.preview_file`), at most ``RATE_PER_S`` times a second, at most ``MOST_WIDE_PX``
wide. Always: nothing is written unless the camera's ``preview.CAMERA.wanted`` in RUN/status was
touched within ``WANTED_S``, and what was written is removed when nobody looks any more; a picture
leaves only through :class:`edge.recognise.blur.Veil`, unless
:class:`edge.processes.unblur.Unblurring` grants more; faces are looked for in the very picture that
leaves, so that none is shown finer than it was looked for. With nobody looking all this costs one
``stat`` a second and counting faces.
"""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import cv2

from edge.processes.unblur import Unblurring
from edge.recognise.aiming import Coverage, exposure_of, focus_of, reduced, rgb_of
from edge.recognise.blur import Veil
from edge.recognise.ports import Detector
from edge.runtime.clock import Clock
from edge.runtime.preview_file import remove_preview, wanted, write_preview
from edge.values import Bytes, Detection, Frame
from edge.values.preview import MAX_PREVIEW_FACES, Exposure, PreviewFace, PreviewFacts, SeenFace

log = logging.getLogger(__name__)

WANTED_S = 3.0
LOOK_EVERY_S = 1.0
RATE_PER_S = 5.0
MOST_WIDE_PX, MOST_HIGH_PX = 960, 960
_PERIOD_S = 1 / RATE_PER_S
_QUALITY = 75
_AHEAD_S = 1.0  # a request from further in the future was not made by this clock


@dataclass(frozen=True, slots=True)
class PreviewLimits:
    """What the pack says about sizes.

    Attributes:
        width, height: of the detector's input, pixels; a picture with hidden faces is no larger.
        min_inter_eye_px: no face smaller than this is used.
        full_inter_eye_px: from here on a face counts in full.
    """

    width: int
    height: int
    min_inter_eye_px: float
    full_inter_eye_px: float


@dataclass(frozen=True, slots=True)
class _Told:
    """What was measured of a picture that is kept back."""

    taken_at: datetime
    size: tuple[int, int]
    frame_size: tuple[int, int]
    faces: tuple[PreviewFace, ...]
    focus: float
    exposure: Exposure


class Preview:
    """Writes the preview of one camera.

    Args:
        camera: its name.
        run_dir: RUN; requests lie in its folder ``status``.
        make_detector: gives a detector that takes rather too much for a face than too little;
            called when somebody looks for the first time.
        limits: see :class:`PreviewLimits`.
        unblurring: decides whether faces may be seen; one for all cameras.
        clock: time.
    """

    def __init__(
        self,
        camera: str,
        run_dir: Path,
        make_detector: Callable[[], Detector],
        limits: PreviewLimits,
        unblurring: Unblurring,
        clock: Clock,
    ) -> None:
        self._camera = camera
        self._run_dir = run_dir
        self._request = wanted(run_dir / "status", camera)
        self._make_detector = make_detector
        self._limits = limits
        self._unblurring = unblurring
        self._clock = clock
        self._coverage = Coverage()
        self._detector: Detector | None = None
        self._veil = Veil()
        self._told: _Told | None = None
        self._number = 0
        self._best_focus = 0.0
        self._wanted = False
        self._written = True  # an earlier process may have left something
        self._bare = False  # whether faces can be seen in what is written
        self._looked_s = self._due_s = float("-inf")

    def look_around(self) -> None:
        """Find out whether somebody looks; called again and again, frames or not."""
        now_s = self._clock.monotonic_s()
        if self._bare and self._unblurring.until is None:
            self._forget()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        self._wanted = self._is_wanted()
        self._unblurring.look()
        if not self._wanted:
            self._best_focus = 0.0
            self._forget()

    @property
    def is_due(self) -> bool:
        """Whether the next frame will be shown, so that faces must be looked for in it."""
        return self._wanted and self._clock.monotonic_s() >= self._due_s

    def take(self, frame: Frame, faces: tuple[SeenFace, ...]) -> None:
        """Count the faces of a frame and, when it is time, show it; the frame is only read."""
        self._coverage.add(frame, faces)
        now_s = self._clock.monotonic_s()
        if not self._wanted or now_s < self._due_s:
            return
        # From when it was due, so that a frame that comes a little late costs no picture.
        self._due_s = max(self._due_s + _PERIOD_S, now_s + _PERIOD_S / 2)
        try:
            self._show(frame, faces)
        except OSError as error:
            log.warning("cannot write the preview: %s", error)

    def close(self) -> None:
        """Take away what was written."""
        self._unblurring.end()
        self._forget()

    def facts(self) -> dict[str, str]:
        """For the state file: until when faces are visible, if they are."""
        until = self._unblurring.until
        return {"unblurred": until.isoformat(timespec="seconds")} if until else {}

    def _show(self, frame: Frame, faces: tuple[SeenFace, ...]) -> None:
        self._best_focus = max(self._best_focus, focus := focus_of(frame))
        until = self._unblurring.until
        if until is not None:
            small = reduced(frame, MOST_WIDE_PX, MOST_HIGH_PX)
            self._veil, self._told = Veil(), None
            self._write(rgb_of(small), _told(frame, small, faces, focus), until)
            return
        most_wide = min(MOST_WIDE_PX, self._limits.width)
        small = reduced(frame, most_wide, min(MOST_HIGH_PX, self._limits.height))
        before, self._told = self._told, _told(frame, small, faces, focus)
        picture = self._veil.add(small, rgb_of(small), self._all_faces(small, frame, faces))
        if picture is not None and before is not None:
            self._write(picture, before, None)

    def _all_faces(
        self, small: Frame, frame: Frame, faces: tuple[SeenFace, ...]
    ) -> tuple[Detection, ...]:
        """All that may be a face: what this detector finds, and what the pipeline follows."""
        if self._detector is None:
            self._detector = self._make_detector()
        scale_x, scale_y = small.width / frame.width, small.height / frame.height
        return (
            *self._detector.detect(small),
            *(_scaled(one.detection, scale_x, scale_y) for one in faces),
        )

    def _write(self, picture: Bytes, told: _Told, until: datetime | None) -> None:
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        self._number += 1
        facts = PreviewFacts(
            number=self._number,
            taken_at=told.taken_at,
            width=told.size[0],
            height=told.size[1],
            frame_width=told.frame_size[0],
            frame_height=told.frame_size[1],
            unblurred_until=until,
            note=self._unblurring.note,
            faces=told.faces,
            min_inter_eye_px=self._limits.min_inter_eye_px,
            full_inter_eye_px=self._limits.full_inter_eye_px,
            focus=told.focus,
            focus_best=max(self._best_focus, told.focus),
            exposure=told.exposure,
            coverage=self._coverage.counts,
        )
        self._written, self._bare = True, until is not None
        write_preview(self._run_dir, self._camera, data.tobytes(), facts)

    def _forget(self) -> None:
        """Let go of every picture, in memory and in the run folder."""
        self._veil, self._told = Veil(), None
        if not self._written:
            return
        try:
            remove_preview(self._run_dir, self._camera)
        except OSError as error:
            log.error("cannot remove the preview: %s", error)
            return
        self._written = self._bare = False

    def _is_wanted(self) -> bool:
        try:
            found = self._request.lstat()
        except OSError:
            return False
        age_s = self._clock.utc().timestamp() - found.st_mtime
        return stat.S_ISREG(found.st_mode) and -_AHEAD_S <= age_s < WANTED_S


def _told(frame: Frame, small: Frame, faces: tuple[SeenFace, ...], focus: float) -> _Told:
    return _Told(
        taken_at=frame.taken_at,
        size=(small.width, small.height),
        frame_size=(frame.width, frame.height),
        faces=tuple(_drawn(one, frame) for one in faces[:MAX_PREVIEW_FACES]),
        focus=focus,
        exposure=exposure_of(small.y, full_range=frame.full_range),
    )


def _drawn(face: SeenFace, frame: Frame) -> PreviewFace:
    left, top, width, height = face.detection.box
    return PreviewFace(
        box=(left / frame.width, top / frame.height, width / frame.width, height / frame.height),
        track=face.track,
        verdict=face.verdict,
        inter_eye_px=face.detection.inter_eye_px,
        flaw=face.flaw,
    )


def _scaled(face: Detection, scale_x: float, scale_y: float) -> Detection:
    left, top, width, height = face.box
    box = (left * scale_x, top * scale_y, width * scale_x, height * scale_y)
    return Detection(box, face.landmarks * (scale_x, scale_y), face.score)
