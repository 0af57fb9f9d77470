"""One look at one picture: from a file to a template, or to the reason why there is none.

In: a picture file. Out: a :class:`Look` or a :class:`Failure`. Always: the picture and its chip
are dropped at once. The face is the largest near the centre: the one with the most pixels
between the eyes, less half a pixel for each pixel that their middle lies off the picture's.
Degradations are drawn at random from a generator seeded with the picture's number, so that the
same picture degrades the same way every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from edge.errors import CaptureError
from edge.eval.degrade import Degradation
from edge.eval.instruments import Instruments, Progress
from edge.recognise.colour import yuv_to_rgb
from edge.recognise.pack import QualityLimits
from edge.values import Bytes, Detection, Floats, Frame, Quality

_OFF_CENTRE = 0.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Failure(StrEnum):
    """Why a picture gave no template; each is a failure to acquire."""

    UNREADABLE = "unreadable"
    NO_FACE = "no face"
    REJECTED = "rejected by the quality limits"


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture gave.

    Attributes:
        template: (dimensions,) float32 of length 1.
        quality: what was measured; its weight is that of the fusion, never 0.
        refused: why the pack's limits would refuse it, or "".
        upsampled: a degradation enlarged the face.
    """

    template: Floats
    quality: Quality
    refused: str
    upsampled: bool = False


Result = Look | Failure


@dataclass(slots=True)
class Times:
    """Summed durations, seconds, over a number of pictures."""

    pictures: int = 0
    faces: int = 0
    detect_s: float = 0.0
    align_s: float = 0.0
    embed_s: float = 0.0


class LookTaker:
    """Takes looks at pictures.

    Args:
        instruments: the pack's stages.
        gates: whether the pack's quality limits refuse looks.
        degradations: what to do to a picture first, in this order.
        seed: of the random part of degradations.

    Attributes:
        times: what the stages took.
    """

    def __init__(
        self,
        instruments: Instruments,
        *,
        gates: bool = False,
        degradations: Sequence[Degradation] = (),
        seed: int = 1,
    ) -> None:
        self._with = instruments
        self._gates = gates
        self._degradations = tuple(degradations)
        self._seed = seed
        self.times = Times()

    def all(
        self, pictures: Sequence[Path], said: str, progress: Progress
    ) -> dict[Path, Look | Failure]:
        """A look at each picture."""
        found: dict[Path, Look | Failure] = {}
        for number, picture in enumerate(pictures):
            progress(said, number, len(pictures))
            found[picture] = self.take(picture, number)
        progress(said, len(pictures), len(pictures))
        return found

    def take(self, picture: Path, number: int = 0) -> Look | Failure:
        """A look at one picture.

        Args:
            picture: a file.
            number: seeds what is random about the degradations.
        """
        try:
            frame = self._with.read(picture)
        except CaptureError:
            return Failure.UNREADABLE
        apart_px = 0.0
        if self._degradations:
            face = central_face(self._with.detector.detect(frame), frame)
            if face is None:
                return Failure.NO_FACE
            apart_px = face.inter_eye_px
            frame = self._degraded(frame, face, number)
        enlarged = any(d.name == "inter-eye" and d.value > apart_px for d in self._degradations)
        return self._look(frame, upsampled=enlarged)

    def _look(self, frame: Frame, *, upsampled: bool) -> Look | Failure:
        now_s, limits = self._with.now_s, self._with.limits
        begin_s = now_s()
        face = central_face(self._with.detector.detect(frame), frame)
        detected_s = now_s()
        self.times.pictures += 1
        self.times.detect_s += detected_s - begin_s
        if face is None:
            return Failure.NO_FACE
        chip = self._with.aligner.chip(frame, face.landmarks)
        quality = self._with.measure(face, chip, limits)
        refused = quality.reason
        if refused and self._gates:
            return Failure.REJECTED
        if refused:
            quality = self._with.measure(face, chip, opened(limits, quality))
        aligned_s = now_s()
        template = self._with.embedder.embed([chip])[0]
        self.times.faces += 1
        self.times.align_s += aligned_s - detected_s
        self.times.embed_s += now_s() - aligned_s
        return Look(template, quality, refused, upsampled)

    def _degraded(self, frame: Frame, face: Detection, number: int) -> Frame:
        generator = np.random.default_rng([self._seed, number])
        picture, landmarks = to_bgr(frame), face.landmarks
        for one in self._degradations:
            picture, landmarks = one.apply(picture, landmarks, generator)
        return to_frame(self._with, picture)


def central_face(faces: Sequence[Detection], frame: Frame) -> Detection | None:
    """The largest face near the centre, see the module."""
    middle = np.array([frame.width / 2, frame.height / 2], np.float32)

    def standing(face: Detection) -> float:
        off = face.landmarks[:2].mean(axis=0) - middle
        return face.inter_eye_px - _OFF_CENTRE * float(np.hypot(*off))

    return max(faces, key=standing, default=None)


def opened(limits: QualityLimits, measured: Quality) -> QualityLimits:
    """Limits that let a measured look pass and weigh it as the given limits would."""
    return limits.model_copy(
        update={
            "min_inter_eye_px": 0.0,
            "min_sharpness": 0.0,
            "min_brightness": 0.0,
            "max_brightness": 255.0,
            "min_contrast": 0.0,
            "max_yaw": max(limits.max_yaw, abs(measured.yaw)),
            "max_roll_deg": 180.0,
        }
    )


def to_bgr(frame: Frame) -> Bytes:
    """A frame as a (height, width, 3) picture, blue first."""
    size = (frame.width, frame.height)
    wide = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (frame.u, frame.v)]
    yuv = np.asarray(cv2.merge([frame.y, *wide]), np.uint8)
    rgb = yuv_to_rgb(yuv, full_range=frame.full_range, matrix=frame.matrix)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def to_frame(instruments: Instruments, picture: Bytes) -> Frame:
    """A picture, blue first, as a frame."""
    y, u, v = instruments.planes(picture)
    return Frame("measurement", 0, 0.0, _EPOCH, y, u, v, full_range=True, matrix="bt601")
