"""A photo set as looks: a template, a weight and a person's number for each usable photo.

In: looks, person by person. Out: :class:`Looks`, and probes and gallery templates drawn from
them. Always: a photo that the pack's quality limits refuse, or without a face, is left out, as
a box leaves such a look out; a draw never holds a photo twice. Names stay with the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from edge.calibrate.too_few import TooFew
from edge.values import Floats

Whole = npt.NDArray[np.int64]


def _nothing(probes: Floats, people: Whole) -> Floats:
    return np.zeros(len(people), np.float32)


Allowance = Callable[[Floats, Whole], Floats]


@dataclass(frozen=True, slots=True)
class Looks:
    """Usable photos.

    Attributes:
        templates: (photos, dimensions) float32, rows of length 1.
        weights: (photos,) the fusion's weights, over 0 to 1.
        people: (photos,) whose photo it is, numbered from 0.
        allowance: what a box takes off every score of some probes: (n, dimensions) templates
            and (n,) whose they are, to (n,).
    """

    templates: Floats
    weights: Floats
    people: Whole
    allowance: Allowance = _nothing

    def __post_init__(self) -> None:
        if not len(self.templates) == len(self.weights) == len(self.people) > 0:
            raise ValueError("looks need a template, a weight and a person each")

    @property
    def photos_of(self) -> list[Whole]:
        """The rows of each person who has any."""
        numbers = np.unique(self.people)
        return [np.flatnonzero(self.people == number) for number in numbers]

    def some(self, rows: npt.NDArray[np.bool_]) -> Looks:
        """The looks of some rows, (photos,) bool."""
        return Looks(self.templates[rows], self.weights[rows], self.people[rows], self.allowance)

    def probing(self, probes: Floats, people: Whole) -> Floats:
        """(n, dimensions + 1) probes whose products with :func:`enrolled` rows are a box's scores.

        The added number is what is taken off, those of enrolled rows are ones.
        """
        return np.column_stack([probes, -self.allowance(probes, people)]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Templates made of several photos of one person.

    Attributes:
        templates: (n, dimensions + 1) float32, ready to be multiplied: see
            :meth:`Looks.probing`.
        people: (n,) whose.
        photos: (n, k) the rows of :class:`Looks` that each was made of.
    """

    templates: Floats
    people: Whole
    photos: Whole


def draw(
    looks: Looks,
    size: int,
    most_each: int,
    rng: np.random.Generator,
    publish: Callable[[Floats], Floats] | None = None,
) -> Drawn:
    """Draw sets of ``size`` photos of each person who has as many.

    Args:
        looks: the photos.
        size: photos in a set.
        most_each: most sets of one person, no two the same.
        rng: chance.
        publish: makes one row of enrolment photos' templates; None: fuse them as looks are
            fused, by weight.
    """
    rows, people, chosen = [], [], []
    for photos in looks.photos_of:
        for picked in _subsets(photos, size, most_each, rng):
            templates = looks.templates[picked]
            row = publish(templates) if publish else fuse(templates, looks.weights[picked])
            rows.append(row)
            people.append(looks.people[picked[0]])
            chosen.append(picked)
    if not rows:
        raise TooFew(f"nobody has {size} usable photos")
    made, whose = np.stack(rows), np.array(people)
    ready = enrolled(made) if publish else looks.probing(made, whose)
    return Drawn(ready, whose, np.stack(chosen))


def enrolled(rows: Floats) -> Floats:
    """(n, dimensions + 1): gallery rows to be multiplied with :meth:`Looks.probing`'s."""
    return np.column_stack([rows, np.ones(len(rows))]).astype(np.float32)


def fuse(templates: Floats, weights: Floats) -> Floats:
    """The weighted mean direction, as a track's evidence fuses looks."""
    total = weights @ templates
    fused: Floats = (total / np.linalg.norm(total)).astype(np.float32)
    return fused


def _subsets(photos: Whole, size: int, most: int, rng: np.random.Generator) -> list[Whole]:
    if len(photos) < size:
        return []
    wanted = min(most, comb(len(photos), size))
    found: dict[tuple[int, ...], Whole] = {}
    while len(found) < wanted:
        picked = np.sort(rng.choice(photos, size, replace=False))
        found[tuple(picked.tolist())] = picked
    return list(found.values())
