"""What is told of a preview picture, for tests of the page and of the files between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from edge.values import Verdict
from edge.values.preview import (
    COVERAGE_COLUMNS,
    COVERAGE_ROWS,
    HISTOGRAM_BINS,
    Exposure,
    PreviewFace,
    PreviewFacts,
)
from tests.fakes.clock import START

FACE = PreviewFace((0.4, 0.3, 0.1, 0.2), 7, Verdict.EVIDENCE, 50.0, "")


def facts_of(*faces: PreviewFace, at: datetime = START, **changed: object) -> PreviewFacts:
    """A good picture with these faces."""
    told = PreviewFacts(
        number=3,
        taken_at=at,
        width=640,
        height=360,
        frame_width=1280,
        frame_height=720,
        unblurred_until=None,
        note="",
        faces=faces,
        min_inter_eye_px=22.0,
        full_inter_eye_px=44.0,
        focus=200.0,
        focus_best=210.0,
        exposure=Exposure(120.0, 0.0, 0.0, (1 / HISTOGRAM_BINS,) * HISTOGRAM_BINS),
        coverage=(0,) * (COVERAGE_COLUMNS * COVERAGE_ROWS),
    )
    return replace(told, **changed)  # type: ignore[arg-type]
