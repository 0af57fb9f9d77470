"""Makes a good picture as bad as a camera on a wall might.

In: a picture, blue first, the landmarks of its face and a seeded generator. Out: a worse picture
and where the landmarks lie in it. Each degradation is written ``name=value``:

    inter-eye=28   scaled until the eyes are 28 px apart, in the middle of a 1280x720 frame over
                   its own blurred enlargement; larger than it was means upsampled
    blur=1.5       Gaussian blur, sigma in pixels
    noise=8        Gaussian noise on each colour, standard deviation in levels of 0..255
    gain=0.25      brightness times 0.25, as in a dark room
    gamma=2        levels to the power of 2: the middle tones darker (below 1: lighter)
    jpeg=30        coded and decoded as JPEG of quality 30
    occlude=mask   a mask, or ``glasses`` (clear), or ``sunglasses``, drawn from the landmarks
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from edge.errors import ConfigError
from edge.eval import occlude
from edge.eval.canvas import own_background, paste, scaled
from edge.values import Bytes, Floats

FRAME_PX = (1280, 720)
_MAX_SCALE = 16.0

_RANGES = {
    "inter-eye": (6.0, 200.0),
    "blur": (0.1, 20.0),
    "noise": (0.5, 100.0),
    "gain": (0.02, 4.0),
    "gamma": (0.1, 10.0),
    "jpeg": (1.0, 95.0),
}
_COVERS: dict[str, Callable[[Bytes, Floats], None]] = {
    "mask": occlude.mask,
    "glasses": lambda picture, points: occlude.glasses(picture, points, dark=False),
    "sunglasses": lambda picture, points: occlude.glasses(picture, points, dark=True),
}


@dataclass(frozen=True, slots=True)
class Degradation:
    """One way to make a picture worse.

    Attributes:
        name: which, see the module.
        value: how much; 0 for ``occlude``.
        what: what covers the face, for ``occlude`` only.
    """

    name: str
    value: float
    what: str = ""

    @classmethod
    def parse(cls, text: str) -> Degradation:
        """Read ``name=value``.

        Raises:
            ConfigError: there is no such degradation, or its value is out of range.
        """
        name, _, given = text.partition("=")
        if name == "occlude" and given in _COVERS:
            return cls(name, 0.0, given)
        if name in _RANGES:
            least, most = _RANGES[name]
            try:
                value = float(given)
            except ValueError:
                value = float("nan")
            if least <= value <= most:
                return cls(name, value)
        ranges = ", ".join(f"{n}={low:g}..{high:g}" for n, (low, high) in _RANGES.items())
        raise ConfigError(
            f"There is no degradation {text!r}.",
            f"Give {ranges} or occlude={'|'.join(_COVERS)}.",
        )

    def __str__(self) -> str:
        return f"{self.name}={self.what or format(self.value, 'g')}"

    def apply(
        self, picture: Bytes, landmarks: Floats, generator: np.random.Generator
    ) -> tuple[Bytes, Floats]:
        """The worse picture and its landmarks; the one given is left alone."""
        if self.name == "inter-eye":
            return _placed(picture, landmarks, self.value)
        if self.name == "occlude":
            covered = picture.copy()
            _COVERS[self.what](covered, landmarks)
            return covered, landmarks
        return _LEVELS[self.name](picture, self.value, generator), landmarks


def _placed(picture: Bytes, landmarks: Floats, wanted_px: float) -> tuple[Bytes, Floats]:
    apart = float(np.hypot(*(landmarks[1] - landmarks[0])))
    small = scaled(picture, min(_MAX_SCALE, wanted_px / max(apart, 1e-3)))
    factor = np.array([small.shape[1] / picture.shape[1], small.shape[0] / picture.shape[0]])
    points = landmarks * factor.astype(np.float32)
    eyes = points[:2].mean(axis=0)
    left, top = round(FRAME_PX[0] / 2 - float(eyes[0])), round(FRAME_PX[1] / 2 - float(eyes[1]))
    frame = own_background(picture, FRAME_PX)
    paste(frame, small, left, top)
    return frame, points + np.array([left, top], np.float32)


def _blurred(picture: Bytes, sigma_px: float, _: np.random.Generator) -> Bytes:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.uint8)


def _noisy(picture: Bytes, deviation: float, generator: np.random.Generator) -> Bytes:
    noise = generator.standard_normal(picture.shape, np.float32) * np.float32(deviation)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def _dimmed(picture: Bytes, gain: float, _: np.random.Generator) -> Bytes:
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8)


def _bent(picture: Bytes, power: float, _: np.random.Generator) -> Bytes:
    table = np.rint(255 * (np.arange(256) / 255) ** power).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, table), np.uint8)


def _recoded(picture: Bytes, quality: float, _: np.random.Generator) -> Bytes:
    _ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


_LEVELS: dict[str, Callable[[Bytes, float, np.random.Generator], Bytes]] = {
    "blur": _blurred,
    "noise": _noisy,
    "gain": _dimmed,
    "gamma": _bent,
    "jpeg": _recoded,
}
