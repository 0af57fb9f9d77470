"""A picture, the faces found in it, and what is measured of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from edge.errors import FrameFormatError
from edge.values.checks import Bytes, Floats, aware, need

MAX_SIDE_PX = 8192


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera as I420 planes; views into the source's buffer, not copies.

    Attributes:
        camera: name of the camera.
        index: running number of the picture at its source, from 0, without gaps of its own.
        t_s: time on the source's own steady clock, seconds; only differences mean anything.
        taken_at: UTC time the picture was taken, for records.
        y: luma, (height, width) uint8; rows may be strided.
        u: blue difference, (ceil(height/2), ceil(width/2)) uint8.
        v: red difference, like ``u``.
        full_range: True when luma spans 0..255, False when it spans 16..235 ("tv", what
            most video is; ITU-R BT.601 and BT.709).
        matrix: which matrix turns YUV into RGB.
        small_y: the same picture's luma from a second, smaller stream, or None.
        lease: what the source needs to take its buffer back; opaque to everyone else.

    Raises:
        FrameFormatError: the planes do not fit together or are too large.
    """

    camera: str
    index: int
    t_s: float
    taken_at: datetime
    y: Bytes
    u: Bytes
    v: Bytes
    full_range: bool = False
    matrix: Literal["bt601", "bt709"] = "bt601"
    small_y: Bytes | None = None
    lease: object | None = None

    def __post_init__(self) -> None:
        height, width = self.y.shape if self.y.ndim == 2 else (0, 0)
        half = ((height + 1) // 2, (width + 1) // 2)
        fits = self.u.shape == half and self.v.shape == half
        bounded = min(height, width) >= 16 and max(height, width) <= MAX_SIDE_PX
        octets = all(p.dtype == np.uint8 for p in (self.y, self.u, self.v))
        if not (fits and bounded and octets):
            raise FrameFormatError(
                f"Planes of {self.y.shape}, {self.u.shape}, {self.v.shape} are no I420 picture "
                f"between 16 and {MAX_SIDE_PX} pixels a side.",
                "Set the camera to a YUV 4:2:0 format and a usual size such as 1280x720.",
            )
        aware(self.taken_at, "taken_at")

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])


@dataclass(frozen=True, slots=True)
class Detection:
    """One face found in a frame.

    Attributes:
        box: (left, top, width, height) in frame pixels; may reach past the frame's edge.
        landmarks: (5, 2) float32 frame pixels: the eye on the image's left, the other eye,
            nose tip, the mouth corner on the image's left, the other corner.
        score: the detector's own confidence, 0..1.
    """

    box: tuple[float, float, float, float]
    landmarks: Floats
    score: float

    def __post_init__(self) -> None:
        need(self.landmarks.shape == (5, 2), "landmarks must be (5, 2)")
        need(bool(np.isfinite(self.landmarks).all()), "landmarks must be finite")
        need(bool(np.isfinite(self.box).all()), "a box must be finite")
        need(self.box[2] > 0 and self.box[3] > 0, "a box has an area")

    @property
    def inter_eye_px(self) -> float:
        """Distance between the eyes in frame pixels."""
        dx, dy = self.landmarks[1] - self.landmarks[0]
        return float(np.hypot(dx, dy))


@dataclass(frozen=True, slots=True)
class Quality:
    """What can be measured of a face before it is embedded.

    Attributes:
        inter_eye_px: distance between the eyes in frame pixels.
        sharpness: standard deviation of the chip's Laplacian over that of its luma, no unit.
        brightness: mean luma of the face, 0..255 full range.
        contrast: standard deviation of the face's luma, 0..127.
        yaw: how far the nose is off the middle of the eyes, in inter-eye distances; 0 is
            frontal, about 0.35 is turned by 30 degrees; the sign says which way.
        roll_deg: tilt of the line between the eyes, degrees.
        weight: 0 unusable, up to 1: what the fusion weighs this look with.
        reason: why the weight is 0, in words with number and limit; empty otherwise.
    """

    inter_eye_px: float
    sharpness: float
    brightness: float
    contrast: float
    yaw: float
    roll_deg: float
    weight: float
    reason: str = ""

    def __post_init__(self) -> None:
        need(0.0 <= self.weight <= 1.0, "weight is 0..1")
        need((self.weight == 0.0) == bool(self.reason), "an unusable look says why")


@dataclass(frozen=True, slots=True)
class PhotoTemplate:
    """What an enrolment photo gave; the photo itself is not kept.

    Attributes:
        template: (dimensions,) float32 of length 1.
        quality: what was measured of the face.
    """

    template: Floats
    quality: Quality

    def __post_init__(self) -> None:
        need(self.template.ndim == 1, "a template is one row")
