"""People drawn from a known model: a centre each, photos scattered around it."""

from __future__ import annotations

import numpy as np

from edge.calibrate.photo_set import Looks
from edge.values import Floats

DIMENSIONS = 16


def unit(rows: Floats) -> Floats:
    scaled: Floats = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


def draw_people(photos: list[int], seed: int = 1, scatter: float = 0.25) -> Looks:
    """Looks of one person for each number of photos."""
    rng = np.random.default_rng(seed)
    rows, people = [], []
    for number, count in enumerate(photos):
        centre = unit(np.float32(rng.normal(size=DIMENSIONS)) + np.float32(1.5))
        scattered = scatter / np.sqrt(DIMENSIONS) * rng.normal(size=(count, DIMENSIONS))
        rows.append(unit(centre + scattered.astype(np.float32)))
        people += [number] * count
    weights = np.random.default_rng(seed).uniform(0.5, 1, len(people)).astype(np.float32)
    return Looks(np.concatenate(rows), weights, np.array(people, np.int64))


def mean_row(rows: Floats) -> Floats:
    """One row of several, as the register publishes it."""
    return unit(rows.mean(axis=0))
