"""Compares probes with gallery templates of other people, a block at a time.

In: two draws. Out: the tail of their scores, or each probe's best score. Always: two draws of
one person are never compared, and memory holds one block of scores, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge.calibrate.photo_set import Drawn, Looks, fuse
from edge.calibrate.tail import Doubles, Excesses
from edge.values import Floats

_BLOCK = 512
_CELLS = 20_000
_OWN = np.float32(-2.0)


def tail_of(probes: Drawn, gallery: Drawn, people: int, share: float) -> Excesses:
    """The highest ``share`` of non-mated scores, by weight of pairs of people.

    Args:
        probes: what is looked for.
        gallery: what it is compared with.
        people: how many people there are; numbers in the draws are below it.
        share: between 0 and 1.
    """
    counts = [np.bincount(one.people, minlength=people) for one in (probes, gallery)]
    start, compared, highest = _start(probes, gallery, counts, share)
    rows, columns, scores = [], [], []
    for first, block in _blocks(probes, gallery):
        row, column = np.nonzero(block >= start)
        rows.append(probes.people[row + first])
        columns.append(gallery.people[column])
        scores.append(block[row, column].astype(np.float64))
    return Excesses(
        start,
        np.concatenate(scores),
        np.concatenate(rows),
        np.concatenate(columns),
        counts[0],
        counts[1],
        compared,
        highest,
    )


def best_two(probes: Drawn, gallery: Drawn) -> tuple[Doubles, Doubles]:
    """(probes,) the best and second-best score of each probe against other people's templates.

    Every person must have one template, so that the second best is another person's.
    """
    pairs = [np.partition(block, -2, axis=1)[:, -2:] for _, block in _blocks(probes, gallery)]
    second, best = np.concatenate(pairs).astype(np.float64).T
    return best, second


def most_alike(looks: Looks, most: int) -> list[tuple[int, int, float]]:
    """The pairs of people whose mean templates are nearest: two numbers and the score.

    For finding one person who stands in a photo set under two names.
    """
    means = [fuse(looks.templates[rows], looks.weights[rows]) for rows in looks.photos_of]
    numbers = np.unique(looks.people)
    scores = np.triu(np.stack(means) @ np.stack(means).T, k=1)
    order = np.argsort(-scores, axis=None)[:most]
    pairs = zip(*np.unravel_index(order, scores.shape), strict=True)
    return [(int(numbers[a]), int(numbers[b]), float(scores[a, b])) for a, b in pairs]


def _start(
    probes: Drawn, gallery: Drawn, counts: list[np.ndarray], share: float
) -> tuple[float, int, float]:
    """Where the tail begins; how many scores there are; the highest."""
    cells, compared, highest = np.zeros(_CELLS + 1), 0, -1.0
    template = 1.0 / counts[1][gallery.people]
    for first, block in _blocks(probes, gallery):
        weights = template / counts[0][probes.people[first : first + len(block)]][:, None]
        others = block > _OWN
        cell = ((block[others] + 1.0) * (_CELLS / 2)).astype(np.int64)
        cells += np.bincount(np.clip(cell, 0, _CELLS), weights[others], _CELLS + 1)
        compared += int(others.sum())
        highest = max(highest, float(block.max()))
    reached = np.cumsum(cells[::-1])[::-1]
    lowest = int(np.argmax(reached <= share * reached[0]))
    return lowest * 2.0 / _CELLS - 1.0, compared, highest


def _blocks(probes: Drawn, gallery: Drawn) -> Iterator[tuple[int, Floats]]:
    """The first probe's number and a block of scores; a person's own are under every other."""
    columns = np.ascontiguousarray(gallery.templates.T)
    for first in range(0, len(probes.people), _BLOCK):
        rows = slice(first, first + _BLOCK)
        block = np.clip(probes.templates[rows] @ columns, -1.0, 1.0)
        block[probes.people[rows][:, None] == gallery.people[None]] = _OWN
        yield first, block
