"""What the camera page says of a picture, in words for somebody on a ladder.

In: what the recogniser tells of a picture. Out: plain values for the page's script: boxes with
words, three meters with a sentence each, one piece of advice, and the coverage map. Nobody is
named.
"""

from __future__ import annotations

import math
from typing import Any

from edge.status import words
from edge.values import Verdict
from edge.values.preview import COVERAGE_COLUMNS, COVERAGE_ROWS, PreviewFace, PreviewFacts

_STATES = {
    Verdict.TENTATIVE: ("a face, no usable look yet", "plain"),
    Verdict.EVIDENCE: ("gathering looks", "plain"),
    Verdict.HIT: ("on the watchlist", "good"),
    Verdict.UNKNOWN: ("not on the watchlist", "plain"),
    Verdict.UNCERTAIN: ("uncertain", "warning"),
    Verdict.LOST: ("gone", "plain"),
}
_SHARP, _NEARLY_SHARP = 0.9, 0.6  # of the best focus seen
_FLAT = 12.0  # a Laplacian variance below this shows hardly anything
_BURNT_OUT, _BLACK = 0.05, 0.3
_DARK = 45.0


def describe(facts: PreviewFacts) -> dict[str, Any]:
    """Everything that is said of one picture."""
    meters = [_size(facts), _focus(facts), _exposure(facts)]
    return {
        "number": facts.number,
        "width": facts.width,
        "height": facts.height,
        "unblurred": facts.unblurred_until is not None,
        "note": facts.note,
        "faces": [_face(one, facts) for one in facts.faces],
        "meters": meters,
        "advice": _advice(meters, facts),
        "histogram": list(facts.exposure.histogram),
        "coverage": coverage(facts),
    }


def coverage(facts: PreviewFacts) -> dict[str, Any]:
    """Where faces were found: how dark to draw each cell, 0..1, and a sentence."""
    total, most = sum(facts.coverage), max(facts.coverage)
    shades = [math.log1p(one) / math.log1p(most) if most else 0.0 for one in facts.coverage]
    edge = sum(
        count
        for index, count in enumerate(facts.coverage)
        if index % COVERAGE_COLUMNS in (0, COVERAGE_COLUMNS - 1)
        or index // COVERAGE_COLUMNS in (0, COVERAGE_ROWS - 1)
    )
    said = f"Faces were found {words.count(total, 'time')} since the recogniser started."
    if total and edge / total > 0.3:
        said += " Many lie at the edge of the picture: turn the camera towards them."
    return {
        "columns": COVERAGE_COLUMNS,
        "rows": COVERAGE_ROWS,
        "shades": [round(shade, 3) for shade in shades],
        "words": said,
    }


def _face(face: PreviewFace, facts: PreviewFacts) -> dict[str, Any]:
    state, tone = _STATES[face.verdict]
    if face.verdict is Verdict.TENTATIVE and face.flaw:
        state, tone = face.flaw.removeprefix("The face ").rstrip("."), "warning"
    size = f"{face.inter_eye_px:.0f} px"
    if face.inter_eye_px < facts.min_inter_eye_px:
        tone = "warning"
    left, top, width, height = (min(2.0, max(-1.0, value)) for value in face.box)
    return {"box": [left, top, width, height], "size": size, "words": state, "tone": tone}


def _size(facts: PreviewFacts) -> dict[str, Any]:
    least, full = facts.min_inter_eye_px, facts.full_inter_eye_px
    largest = max((one.inter_eye_px for one in facts.faces), default=0.0)
    if not facts.faces:
        said, tone = f"No face in the picture. One is good down to {least:.0f} px.", "plain"
    elif largest < least:
        said = f"Faces are {largest:.0f} px between the eyes here: {least:.0f} are needed."
        tone = "failure"
    else:
        said = f"Faces are {largest:.0f} px between the eyes here: good down to {least:.0f}."
        tone = "good" if largest >= full else "warning"
    return _meter("size", "Size of faces", largest / (2 * full), said, tone)


def _focus(facts: PreviewFacts) -> dict[str, Any]:
    share = facts.focus / facts.focus_best if facts.focus_best > 0 else 0.0
    if facts.focus < _FLAT:
        said, tone = "Nothing sharp in the middle: is there a cap on the lens?", "failure"
    else:
        said = f"{100 * share:.0f} % of the sharpest seen since you began to look."
        tone = "good" if share >= _SHARP else "warning" if share >= _NEARLY_SHARP else "failure"
    return _meter("focus", "Focus", share, said, tone)


def _exposure(facts: PreviewFacts) -> dict[str, Any]:
    seen = facts.exposure
    shares = f"{100 * seen.bright_share:.0f} % burnt out, {100 * seen.dark_share:.0f} % black"
    if seen.bright_share > _BURNT_OUT:
        said, tone = f"Too bright: {shares}. Turn away from windows and lamps.", "warning"
    elif seen.dark_share > _BLACK or seen.mean < _DARK:
        said, tone = f"Too dark: {shares}. Faces need more light from the front.", "warning"
    else:
        said, tone = f"Good: {shares}.", "good"
    return _meter("exposure", "Exposure", seen.mean / 255, said, tone)


def _meter(name: str, title: str, value: float, said: str, tone: str) -> dict[str, Any]:
    shown = round(min(1.0, max(0.0, value)), 3)
    return {"name": name, "title": title, "value": shown, "words": said, "tone": tone}


def _advice(meters: list[dict[str, Any]], facts: PreviewFacts) -> str:
    size, focus, exposure = (one["tone"] for one in meters)
    if focus == "failure":
        return "Focus first: turn the lens until the focus meter stops rising."
    if exposure == "warning":
        return "Mend the light, then look at the size of faces."
    if size == "plain":
        return "Ask somebody to stand where people will pass and to look at the camera."
    if size == "failure":
        return "Faces are too small here: move the camera nearer, or use a longer lens."
    if size == "warning":
        full = facts.full_inter_eye_px
        return f"This works. From {full:.0f} px on each look counts in full: nearer is better."
    return "This is a good place for the camera."
