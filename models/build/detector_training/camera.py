"""Makes crops look as a camera would show them.

In:   a uint8 luma crop and a source of chance.
Out:  the crop blurred, shaken, dark or harsh, noisy, compressed; or untouched.
Always: the size stays, and nothing moves, so labels hold.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

PixelArray = NDArray[np.uint8]


def through_a_camera(luma: PixelArray, random: np.random.Generator) -> PixelArray:
    """One look through a camera of unknown quality."""
    if random.random() < 0.2:
        luma = _coarse(luma, random.uniform(0.35, 0.8))
    kind = random.random()
    if kind < 0.2:
        blurred = cv2.GaussianBlur(luma, (0, 0), random.uniform(0.4, 1.5))
        luma = np.asarray(blurred, np.uint8)
    elif kind < 0.32:
        luma = _shaken(luma, random)
    if random.random() < 0.7:
        luma = _exposed(luma, random)
    if random.random() < 0.4:
        noise = random.standard_normal(luma.shape, dtype=np.float32)
        strength = abs(random.normal(0, 6))
        luma = np.clip(luma + noise * np.float32(strength), 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        luma = _compressed(luma, int(random.integers(25, 90)))
    return luma


def _coarse(luma: PixelArray, factor: float) -> PixelArray:
    rows, columns = luma.shape
    small = cv2.resize(luma, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (columns, rows)), np.uint8)


def _shaken(luma: PixelArray, random: np.random.Generator) -> PixelArray:
    """Motion blur along a line of 2 to 6 pixels."""
    length = int(random.integers(2, 7))
    kernel = np.zeros((length, length), np.float32)
    first, last = random.integers(0, length, 2).tolist()
    cv2.line(kernel, (0, first), (length - 1, last), 1)
    if random.random() < 0.5:
        kernel = np.ascontiguousarray(kernel.T)
    return np.asarray(cv2.filter2D(luma, -1, kernel / kernel.sum()), np.uint8)


def _exposed(luma: PixelArray, random: np.random.Generator) -> PixelArray:
    """Gamma, black and white point; one time in seven very little light."""
    gamma = np.exp(random.normal(0, 0.35))
    darkest, brightest = random.uniform(-0.08, 0.15), random.uniform(0.65, 1.12)
    if random.random() < 0.15:
        darkest, brightest = random.uniform(0, 0.03), random.uniform(0.15, 0.5)
    light = darkest + np.linspace(0, 1, 256) ** gamma * (brightest - darkest)
    return np.asarray(cv2.LUT(luma, np.clip(light * 255, 0, 255).astype(np.uint8)), np.uint8)


def _compressed(luma: PixelArray, quality: int) -> PixelArray:
    _, data = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
