"""How many faces a detector finds, by their size, and how often it finds one where none is.

Three measurements. ``pasted``: each photo is scaled until its eyes are 60, 40 … 10 px apart and
laid with soft edges at a random place on a canvas, in the light and again in the dark (brightness
times 0.22, noise of 3 levels, JPEG 60). The truth is what this same detector found in the photo
as it is: a face that it does not find there is left out and counted, so recall is flattered for
faces that are hard at any size. ``against_truth``: pictures or a video whose faces people have
marked. ``false_alarms``: pictures that hold no face.

A face is found when the middle of a detection's eyes lies within 0.35 eye distances of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge.errors import CaptureError
from edge.eval.canvas import Size, cover, own_background, paste, scaled
from edge.eval.degrade import Degradation
from edge.eval.instruments import Instruments, Progress
from edge.eval.look import central_face, to_bgr, to_frame
from edge.eval.truth import Truth
from edge.values import Bytes, Detection, Floats, Frame

SIZES_PX = (60, 40, 28, 20, 14, 10)
REACH = 0.35
DARKNESS = ("gain=0.22", "noise=3", "jpeg=60")
SMALLEST_PX = 8.0


@dataclass(slots=True)
class Recall:
    """Faces of one size: how many there were, and how many were found."""

    of: int = 0
    found: int = 0
    upsampled: int = 0

    def add(self, *, found: bool, upsampled: bool = False) -> None:
        """Count one face."""
        self.of += 1
        self.found += found
        self.upsampled += upsampled


@dataclass(slots=True)
class Found:
    """What a measurement with faces found.

    Attributes:
        light: by size, pixels between the eyes.
        dark: the same in the dark; empty against a truth file.
        pictures: photos, pictures or frames looked at.
        unreadable: pictures that could not be read.
        no_reference: photos in which this detector finds no face as they are.
        too_small: marked faces under 8 px between the eyes, which are not counted.
        unmatched: detections at none of the marked faces; None for pasted faces.
    """

    light: dict[int, Recall] = field(default_factory=lambda: {s: Recall() for s in SIZES_PX})
    dark: dict[int, Recall] = field(default_factory=dict)
    pictures: int = 0
    unreadable: int = 0
    no_reference: int = 0
    too_small: int = 0
    unmatched: int | None = None


@dataclass(slots=True)
class FalseAlarms:
    """Detections in pictures without faces: how many of picture number n, from 1, by name."""

    pictures: int = 0
    unreadable: int = 0
    by_picture: dict[int, int] = field(default_factory=dict)

    @property
    def detections(self) -> int:
        """All of them."""
        return sum(self.by_picture.values())

    def histogram(self) -> dict[int, int]:
        """How many pictures had how many detections."""
        counts = Counter(self.by_picture.values())
        counts[0] = self.pictures - len(self.by_picture)
        return dict(sorted(counts.items()))


def pasted(
    instruments: Instruments,
    photos: Sequence[Path],
    backgrounds: Sequence[Path],
    canvas: Size,
    seed: int,
    progress: Progress,
) -> Found:
    """Recall on photos that are scaled and pasted.

    Args:
        instruments: the pack's stages.
        photos: of one face each.
        backgrounds: what to paste on; empty: the photo's own blurred enlargement.
        canvas: width and height of a canvas, pixels.
        seed: of places and backgrounds.
        progress: told how far it is.
    """
    found = Found(dark={size: Recall() for size in SIZES_PX})
    darkness = [Degradation.parse(text) for text in DARKNESS]
    for number, path in enumerate(photos):
        progress("pasting", number, len(photos))
        found.pictures += 1
        photo = _read(instruments, path)
        if photo is None:
            found.unreadable += 1
            continue
        face = central_face(instruments.detector.detect(photo), photo)
        if face is None:
            found.no_reference += 1
            continue
        generator = np.random.default_rng([seed, number])
        picture = to_bgr(photo)
        below = _background(instruments, backgrounds, picture, canvas, generator)
        for size in SIZES_PX:
            _paste_one(instruments, found, (picture, face, below), size, generator, darkness)
    progress("pasting", len(photos), len(photos))
    return found


def against_truth(instruments: Instruments, truth: Truth, progress: Progress) -> Found:
    """Recall on marked faces, by their size at the detector's input.

    Args:
        instruments: the pack's stages.
        truth: where faces are.
        progress: told how far it is.

    Raises:
        CaptureError: the video cannot be read.
    """
    found = Found(unmatched=0)
    total = len(truth.pictures) or 1 + max(truth.frames, default=0)
    for number, (frame, eyes) in enumerate(_marked(instruments, truth)):
        progress("detecting", min(number, total), total)
        found.pictures += 1
        if frame is None:
            found.unreadable += 1
        else:
            _count(instruments, found, frame, eyes)
    progress("detecting", total, total)
    return found


def false_alarms(
    instruments: Instruments, pictures: Sequence[Path], progress: Progress
) -> FalseAlarms:
    """Detections in pictures that hold no face."""
    alarms = FalseAlarms()
    for number, path in enumerate(pictures, 1):
        progress("backgrounds", number - 1, len(pictures))
        frame = _read(instruments, path)
        if frame is None:
            alarms.unreadable += 1
            continue
        alarms.pictures += 1
        count = len(instruments.detector.detect(frame))
        if count:
            alarms.by_picture[number] = count
    progress("backgrounds", len(pictures), len(pictures))
    return alarms


def match(faces: Sequence[Detection], eyes: Floats) -> tuple[list[bool], int]:
    """Which marked faces were found, and how many detections belong to none.

    Args:
        faces: detections.
        eyes: (n, 2, 2) marked eyes; the nearest pair is matched first, each side once.
    """
    middles = eyes.mean(axis=1)
    reach = REACH * np.hypot(*(eyes[:, 1] - eyes[:, 0]).T)
    pairs = sorted(
        (float(away / reach[mark]), mark, place)
        for place, face in enumerate(faces)
        for mark, away in enumerate(np.hypot(*(middles - face.landmarks[:2].mean(axis=0)).T))
        if away < reach[mark]
    )
    marks: set[int] = set()
    places: set[int] = set()
    for _, mark, place in pairs:
        if mark not in marks and place not in places:
            marks.add(mark)
            places.add(place)
    return [mark in marks for mark in range(len(eyes))], len(faces) - len(places)


def _read(instruments: Instruments, path: Path) -> Frame | None:
    try:
        return instruments.read(path)
    except CaptureError:
        return None


def _background(
    instruments: Instruments,
    backgrounds: Sequence[Path],
    picture: Bytes,
    canvas: Size,
    generator: np.random.Generator,
) -> Bytes:
    if backgrounds:
        chosen = _read(instruments, backgrounds[int(generator.integers(len(backgrounds)))])
        if chosen is not None:
            return cover(to_bgr(chosen), canvas)
    return own_background(picture, canvas)


def _paste_one(
    instruments: Instruments,
    found: Found,
    photo: tuple[Bytes, Detection, Bytes],
    size_px: int,
    generator: np.random.Generator,
    darkness: Sequence[Degradation],
) -> None:
    picture, face, below = photo
    small = scaled(picture, size_px / face.inter_eye_px)
    factor = (small.shape[1] / picture.shape[1], small.shape[0] / picture.shape[0])
    points = face.landmarks * np.array(factor, np.float32)
    canvas = below.copy()
    middle = points.mean(axis=0)
    # The face itself stays whole on the canvas, the rest of the photo may be cut off.
    margin = min(1.6 * size_px, canvas.shape[0] / 2, canvas.shape[1] / 2)
    left = round(float(generator.uniform(margin, canvas.shape[1] - margin) - middle[0]))
    top = round(float(generator.uniform(margin, canvas.shape[0] - margin) - middle[1]))
    paste(canvas, small, left, top)
    points = points + np.array([left, top], np.float32)
    upsampled = size_px > face.inter_eye_px
    for recalls, steps in ((found.light, ()), (found.dark, darkness)):
        shown = canvas
        for step in steps:
            shown, _ = step.apply(shown, points, generator)
        faces = instruments.detector.detect(to_frame(instruments, shown))
        hit = match(faces, points[None, :2])[0][0]
        recalls[size_px].add(found=hit, upsampled=upsampled)


def _marked(instruments: Instruments, truth: Truth) -> Iterator[tuple[Frame | None, Floats]]:
    if truth.video is None:
        for path, eyes in truth.pictures.items():
            yield _read(instruments, path), eyes
        return
    nobody = np.empty((0, 2, 2), np.float32)
    for frame in instruments.play(truth.video):
        yield frame, truth.frames.get(frame.index, nobody)


def _count(instruments: Instruments, found: Found, frame: Frame, eyes: Floats) -> None:
    width, height = instruments.input_px
    scale = min(width / frame.width, height / frame.height)
    hits, unmatched = match(instruments.detector.detect(frame), eyes)
    found.unmatched = (found.unmatched or 0) + unmatched
    for hit, apart in zip(hits, np.hypot(*(eyes[:, 1] - eyes[:, 0]).T) * scale, strict=True):
        if apart < SMALLEST_PX:
            found.too_small += 1
        else:
            size = min(SIZES_PX, key=lambda one: abs(np.log(one / apart)))
            found.light[size].add(found=hit)
