"""How much likelier a stranger's track is to reach the threshold once than at one given look.

A track is judged again whenever a look is added. Each time the fused template has moved a
little, so the chances add up, though far from fully. In: looks of people with many photos,
taken as a track of ten. Out: the factor. Photos taken on different days differ more than the
looks of one passage, so the factor errs on the side of more false alarms.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.calibrate.photo_set import Drawn, Looks, Whole, draw, fuse
from edge.calibrate.tail import Doubles
from edge.calibrate.too_few import TooFew
from edge.recognise.budget import stepwise, threshold_for
from edge.recognise.calibration import LooksCalibration
from edge.values import Floats

_FEWEST, _MOST = 3, 10
_LEAST_PHOTOS = 6
_TRACKS_EACH = 20
_RATES = (1e-3, 3e-4)


def retests(
    looks: Looks,
    tables: tuple[LooksCalibration, ...],
    enrolled: int,
    publish: Callable[[Floats], Floats],
    rng: np.random.Generator,
) -> float:
    """The factor, 1 or more, over tracks of up to ten looks.

    Raises:
        TooFew: nobody has photos enough for a track.
    """
    gallery = draw(looks, enrolled, 5, rng, publish)
    long = [photos for photos in looks.photos_of if len(photos) >= _LEAST_PHOTOS]
    if not long:
        raise TooFew(f"nobody has {_LEAST_PHOTOS} usable photos")
    needed = [_needed(tables, rate) for rate in _RATES]
    once, at_one_look = np.zeros(len(_RATES)), np.zeros((len(_RATES), _MOST))
    for photos in long:
        for _ in range(_TRACKS_EACH):
            scores = _scores(looks, rng.permutation(photos)[:_MOST], gallery)
            for number, thresholds in enumerate(needed):
                reached = scores >= thresholds[_FEWEST - 1 : len(scores) + _FEWEST - 1, None]
                once[number] += reached.any(axis=0).mean()
                at_one_look[number] += _padded(reached.mean(axis=1))
    highest = at_one_look.max(axis=1)
    ratios = [float(o / h) for o, h in zip(once, highest, strict=True) if h > 0]
    return max([1.0, *ratios])


def _needed(tables: tuple[LooksCalibration, ...], rate: float) -> Doubles:
    """The score needed with 1, 2, 3 … looks."""
    steps = stepwise(tables, tables[0].looks)
    found = []
    for looks in range(1, _MOST + 1):
        tails = [counted for at, counted in steps.items() if at <= looks][-1]
        found.append(max(threshold_for(tail, rate) for tail in tails))
    return np.array(found)


def _scores(looks: Looks, photos: Whole, gallery: Drawn) -> Floats:
    """(looks from the third on, others' templates) as looks add up."""
    others = gallery.templates[gallery.people != looks.people[photos[0]]]
    fused = [
        fuse(looks.templates[photos[:count]], looks.weights[photos[:count]])
        for count in range(_FEWEST, len(photos) + 1)
    ]
    people = np.repeat(looks.people[photos[0]], len(fused))
    scores: Floats = looks.probing(np.stack(fused), people) @ others.T
    return scores


def _padded(shares: Doubles) -> Doubles:
    return np.pad(shares, (0, _MOST - len(shares)))
