"""What is told of the present picture to whoever aims the camera: no names, no pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from edge.values.checks import aware, need
from edge.values.decisions import Verdict
from edge.values.frames import MAX_SIDE_PX, Detection

MAX_PREVIEW_FACES = 100
HISTOGRAM_BINS = 16
COVERAGE_COLUMNS, COVERAGE_ROWS = 16, 9


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A followed face in the present frame.

    Attributes:
        track: number of its track.
        detection: where it is, in frame pixels.
        verdict: where the decision stands.
        flaw: why its last look could not be used, one sentence, or "".
    """

    track: int
    detection: Detection
    verdict: Verdict
    flaw: str


@dataclass(frozen=True, slots=True)
class PreviewFace:
    """A face as the page draws it.

    Attributes:
        box: (left, top, width, height) in shares of the picture's width and height.
        track: number of its track.
        verdict: where the decision stands.
        inter_eye_px: distance between the eyes in pixels of the camera's frame.
        flaw: why its last look could not be used, one sentence, or "".
    """

    box: tuple[float, float, float, float]
    track: int
    verdict: Verdict
    inter_eye_px: float
    flaw: str

    def __post_init__(self) -> None:
        need(all(math.isfinite(v) for v in (*self.box, self.inter_eye_px)), "a face is finite")
        need(len(self.flaw) <= 256, "a flaw is one sentence")


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a picture uses its range of brightness.

    Attributes:
        mean: mean luma, 0..255 full range.
        dark_share: share of the pixels that are black, 0..1.
        bright_share: share of the pixels that are burnt out, 0..1.
        histogram: shares of the pixels in ``HISTOGRAM_BINS`` equal steps, dark to bright.
    """

    mean: float
    dark_share: float
    bright_share: float
    histogram: tuple[float, ...]

    def __post_init__(self) -> None:
        numbers = (self.mean / 255, self.dark_share, self.bright_share, *self.histogram)
        need(all(0.0 <= value <= 1.0 for value in numbers), "shares are 0..1, luma 0..255")
        need(len(self.histogram) == HISTOGRAM_BINS, "a histogram has all its bins")


@dataclass(frozen=True, slots=True)
class PreviewFacts:
    """What is told of one preview picture.

    Attributes:
        number: running number of the picture since the recogniser started.
        taken_at: UTC.
        width, height: of the preview picture, pixels.
        frame_width, frame_height: of the camera's frame, pixels.
        unblurred_until: UTC time until which faces are visible; None: they are hidden.
        note: why a wish to see faces was not granted, or "".
        faces: those the recogniser follows, at most ``MAX_PREVIEW_FACES``.
        min_inter_eye_px: the pack uses no face smaller than this, pixels between the eyes.
        full_inter_eye_px: from here on a face counts in full.
        focus: variance of the Laplacian in the middle of the frame, no unit; only to compare.
        focus_best: the largest since somebody began to look.
        exposure: see :class:`Exposure`.
        coverage: how often a face was found in each cell of a grid of ``COVERAGE_COLUMNS`` by
            ``COVERAGE_ROWS`` over the frame since the recogniser started, row by row.
    """

    number: int
    taken_at: datetime
    width: int
    height: int
    frame_width: int
    frame_height: int
    unblurred_until: datetime | None
    note: str
    faces: tuple[PreviewFace, ...]
    min_inter_eye_px: float
    full_inter_eye_px: float
    focus: float
    focus_best: float
    exposure: Exposure
    coverage: tuple[int, ...]

    def __post_init__(self) -> None:
        aware(self.taken_at, "taken_at")
        if self.unblurred_until is not None:
            aware(self.unblurred_until, "unblurred_until")
        sides = (self.width, self.height, self.frame_width, self.frame_height)
        need(all(0 < side <= MAX_SIDE_PX for side in sides), "a picture has sides")
        need(len(self.faces) <= MAX_PREVIEW_FACES, "faces are bounded")
        limits = (self.min_inter_eye_px, self.full_inter_eye_px, self.focus, self.focus_best)
        need(all(math.isfinite(value) for value in limits), "figures are finite")
        need(len(self.note) <= 512, "a note is short")
        cells = COVERAGE_COLUMNS * COVERAGE_ROWS
        need(len(self.coverage) == cells and min(self.coverage) >= 0, "a count for each cell")
