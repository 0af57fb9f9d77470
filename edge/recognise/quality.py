"""Measures a face before it is embedded, and says when a look is not worth it.

In: a detection and its chip. Out: :class:`edge.values.Quality`, numbers with units and, when
the look is unusable, one sentence with the measured number and the limit. The limits are the
pack's (manifest, table ``quality``). The weight falls off with size and yaw, since those cost
the most accuracy; it is 1 for a large frontal face.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from edge.recognise.pack import QualityLimits
from edge.values import Bytes, Detection, Quality


def measure(detection: Detection, chip: Bytes, limits: QualityLimits) -> Quality:
    """Measure one look.

    Args:
        detection: where the face is.
        chip: (height, width, 3) uint8 RGB.
        limits: what is usable.
    """
    measured = _pose(detection) | _light(chip, limits)
    reason = _unusable(measured, limits)
    weight = 0.0 if reason else _weight(measured, limits)
    return Quality(**measured, weight=weight, reason=reason)


def foreseen(detection: Detection, limits: QualityLimits) -> tuple[str, float]:
    """What the landmarks alone say of a look: why it is unusable, and its weight if it is not.

    A chip can only make a look unusable (``flaw_of``); it changes neither this reason nor this
    weight.
    """
    posed = _pose(detection)
    reason = _unusable(posed, limits)
    return reason, 0.0 if reason else _weight(posed, limits)


def flaw_of(chip: Bytes, limits: QualityLimits) -> str:
    """Why a chip cannot be used although its landmarks say nothing against it; "": it can."""
    return _unusable(_light(chip, limits), limits)


def _pose(detection: Detection) -> dict[str, float]:
    (left_x, left_y), (right_x, right_y), (nose_x, nose_y) = detection.landmarks[:3].tolist()
    across, down = right_x - left_x, right_y - left_y
    distance = max(math.hypot(across, down), 1e-6)
    aside = (nose_x - (left_x + right_x) / 2) * across + (nose_y - (left_y + right_y) / 2) * down
    return {
        "inter_eye_px": detection.inter_eye_px,
        "yaw": aside / distance**2,
        "roll_deg": math.degrees(math.atan2(down, across)),
    }


def _light(chip: Bytes, limits: QualityLimits) -> dict[str, float]:
    rows, columns = chip.shape[:2]
    left, top, right, bottom = limits.region
    face = chip[int(rows * top) : int(rows * bottom), int(columns * left) : int(columns * right)]
    luma = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY))
    mean, deviation = (float(v[0][0]) for v in cv2.meanStdDev(luma))
    detail = float(cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S, ksize=3))[1][0][0])
    return {
        "sharpness": detail / max(deviation, 1.0),
        "brightness": mean,
        "contrast": deviation,
    }


def _unusable(measured: dict[str, float], limits: QualityLimits) -> str:
    checks = (
        ("inter_eye_px", 1, limits.min_inter_eye_px, "is too small: {:.0f} px between the eyes"),
        ("yaw", -1, limits.max_yaw, "is turned away: nose {:.2f} eye distances off the middle"),
        ("roll_deg", -1, limits.max_roll_deg, "is tilted by {:.0f} degrees"),
        ("brightness", 1, limits.min_brightness, "is too dark: mean luma {:.0f}"),
        ("brightness", -1, limits.max_brightness, "is too bright: mean luma {:.0f}"),
        ("contrast", 1, limits.min_contrast, "has too little contrast: {:.0f}"),
        ("sharpness", 1, limits.min_sharpness, "is blurred: sharpness {:.2f}"),
    )
    for name, direction, limit, words in checks:
        if name not in measured:
            continue
        value = abs(measured[name]) if name in ("yaw", "roll_deg") else measured[name]
        if (value - limit) * direction < 0:
            bound = "at least" if direction > 0 else "at most"
            return f"The face {words.format(value)}, {bound} {limit:g} is needed."
    return ""


def _weight(measured: dict[str, float], limits: QualityLimits) -> float:
    small = min(1.0, measured["inter_eye_px"] / limits.full_inter_eye_px)
    turned = 1.0 - 0.5 * min(1.0, abs(measured["yaw"]) / limits.max_yaw)
    return max(0.01, small * turned)
