"""Instruments over a tiny world: a picture file holds one number, its face's template.

The number's tens say who it is, its ones how far the picture is off; 0 is a picture without a
face, and a file that holds no number cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from edge.capture.images import full_range_planes
from edge.errors import CaptureError
from edge.eval.instruments import Instruments
from edge.recognise.align import Aligner
from edge.recognise.pack import QualityLimits
from edge.recognise.quality import measure
from edge.values import Bytes, Detection, Floats, Frame
from tests.fakes.packs import EMBEDDER, LIMITS

SIDE = 160
POINTS = np.array([[60, 60], [100, 60], [80, 80], [65, 100], [95, 100]], np.float32)
DIMENSIONS = 32
OPEN = LIMITS.model_copy(update={"min_contrast": 0.0, "min_sharpness": 0.0, "min_brightness": 0.0})


def nothing(said: str, done: int, of: int) -> None:
    """A :data:`edge.eval.instruments.Progress` that shows nothing."""


def picture(folder: Path, name: str, number: int | str) -> Path:
    """Write a picture file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(number))
    return path


def grey(number: int, side: int = SIDE) -> Frame:
    """A grey frame of one level."""
    y, u, v = full_range_planes(np.full((side, side, 3), number, np.uint8))
    return Frame("fake", 0, 0.0, datetime(2026, 1, 1, tzinfo=UTC), y, u, v, full_range=True)


class LevelDetector:
    """Finds one face in the middle of every frame that is not black."""

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        middle = frame.y[frame.height // 2, frame.width // 2]
        if middle == 0:
            return ()
        shift = np.array([(frame.width - SIDE) / 2, (frame.height - SIDE) / 2], np.float32)
        return (Detection((40.0, 40.0, 80.0, 80.0), POINTS + shift, 0.9),)


class LevelEmbedder:
    """The template of level 10·p + e: person p's axis, turned by e towards an axis of its own."""

    def embed(self, chips: list[Bytes]) -> Floats:
        rows = np.zeros((len(chips), DIMENSIONS), np.float32)
        for row, chip in zip(rows, chips, strict=True):
            person, off = divmod(int(chip[75, 75, 0]), 10)
            row[person], row[-1] = np.cos(off / 10), np.sin(off / 10)
        return rows


@dataclass
class SteadyTicks:
    """A clock that goes on by a millisecond each time it is read."""

    now_s: float = 0.0

    def __call__(self) -> float:
        self.now_s += 0.001
        return self.now_s


def mean_row(rows: Floats) -> Floats:
    """Rows' mean direction, as the only row."""
    total = rows.sum(axis=0, keepdims=True)
    return np.asarray(total / np.linalg.norm(total), np.float32)


def instruments(limits: QualityLimits = OPEN) -> Instruments:
    """A pack of fakes around the real aligner and quality measure."""

    def read(path: Path) -> Frame:
        try:
            return grey(int(path.read_text()))
        except ValueError as error:
            raise CaptureError("It is no picture.", "Give a picture.") from error

    def play(path: Path) -> Iterator[Frame]:
        yield read(path)

    return Instruments(
        pack="fake@1.0.0",
        detector=LevelDetector(),
        embedder=LevelEmbedder(),
        aligner=Aligner(EMBEDDER),
        measure=measure,
        limits=limits,
        publish=mean_row,
        store=lambda rows: rows,
        read=read,
        play=play,
        planes=full_range_planes,
        endings=(".jpg",),
        input_px=(640, 384),
        now_s=SteadyTicks(),
    )
