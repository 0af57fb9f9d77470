"""The whole calibration of a pack on a photo set, in the order in which it is made.

In: looks, and how a gallery row is made of photos. Out: :class:`Measured`. Always: the same
looks and seed give the same numbers.

What is compared: probes of 1, 3 and 5 fused photos of one person with templates of 3 photos
of another, as many different draws as there are up to ``most_each`` for a person, so that there
are at least ten million scores where the set allows it. They are not ten million independent
ones: pairs of people are (nearly), and strictly only half as many as there are people. So pairs
of people weigh the same, and bands come from drawing people anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge.calibrate.compare import best_two, tail_of
from edge.calibrate.logistic import fit_logistic
from edge.calibrate.photo_set import Looks, draw, enrolled, fuse
from edge.calibrate.sequence import retests
from edge.calibrate.tail import Doubles, band, fit
from edge.calibrate.too_few import TooFew
from edge.errors import ConfigError
from edge.recognise.calibration import MATED_SHARES, Calibration, LooksCalibration
from edge.values import Floats

LOOKS = (1, 3, 5)
ENROLLED = 3
TAIL_SHARE = 0.005
BAND_AT = tuple(round(0.91 + 0.005 * step, 3) for step in range(16))
_SPLITS = 40
_LOGISTIC_LOOKS = 3
_LOGISTIC_EACH = 4


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure.

    Attributes:
        most_each: most probes and templates of one person.
        rounds: of the bootstrap.
        seed: of everything random.
    """

    most_each: int = 100
    rounds: int = 200
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Volume:
    """What one line of the calibration rests on.

    Attributes:
        looks: photos fused to a probe.
        scores: non-mated scores compared.
        probing, enrolled: people with probes, people with templates.
        pairs: ordered pairs of different people among them.
        mated_people: people with enough photos for mated scores.
        mated: mated scores.
    """

    looks: int
    scores: int
    probing: int
    enrolled: int
    pairs: int
    mated_people: int
    mated: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A calibration and what it rests on."""

    calibration: Calibration
    volumes: tuple[Volume, ...]
    best_others: int


Publish = Callable[[Floats], Floats]
Progress = Callable[[str, int, int], None]


def calibrate(
    impostors: Looks,
    mated: Looks,
    publish: Publish,
    source: str,
    options: Options,
    progress: Progress = lambda said, done, all_: None,
) -> Measured:
    """Measure.

    Args:
        impostors: photos for non-mated scores.
        mated: photos for mated scores; may be the same.
        publish: the one row a box compares with, of (3, dimensions) templates.
        source: what the photos are, for the manifest.
        options: see there.
        progress: told what is being done.

    Raises:
        ConfigError: the photo sets are too small.
    """
    rng = np.random.default_rng(options.seed)
    tables, volumes = [], []
    try:
        for number, looks in enumerate(LOOKS):
            progress("comparing", number, len(LOOKS))
            table, volume = _for_looks(looks, impostors, mated, publish, options, rng)
            tables.append(table)
            volumes.append(volume)
        progress("comparing", len(LOOKS), len(LOOKS))
        others = _best_others(impostors, publish, rng)
        slope, offset = fit_logistic(_mated_scores(mated, _LOGISTIC_LOOKS, publish, rng), others)
        often = retests(impostors, tuple(tables), ENROLLED, publish, rng)
    except TooFew as error:
        raise ConfigError(
            f"The photos do not suffice for a calibration: {error}.",
            "Give a set with more people, several of them with eight photos or more.",
        ) from error
    calibration = Calibration(
        slope=round(slope, 1),
        offset=round(offset, 1),
        source=source,
        retests=round(often, 2),
        looks=tuple(tables),
    )
    return Measured(calibration, tuple(volumes), len(others))


def _for_looks(
    looks: int,
    impostors: Looks,
    mated: Looks,
    publish: Publish,
    options: Options,
    rng: np.random.Generator,
) -> tuple[LooksCalibration, Volume]:
    people = int(impostors.people.max()) + 1
    probes = draw(impostors, looks, options.most_each, rng)
    gallery = draw(impostors, ENROLLED, options.most_each, rng, publish)
    excesses = tail_of(probes, gallery, people, TAIL_SHARE)
    tail = fit(excesses)
    at = np.array(BAND_AT)
    low, high = band(excesses, at, rng, options.rounds)
    own = _mated_scores(mated, looks, publish, rng)
    probing, enrolled = int((excesses.probes > 0).sum()), int((excesses.templates > 0).sum())
    table = LooksCalibration(
        looks=looks,
        tail_from=round(tail.start, 6),
        tail_share=_digits(tail.share),
        tail_scale=_digits(tail.scale),
        tail_shape=_digits(tail.shape),
        measured_to=round(excesses.highest, 4),
        band=tuple(
            (float(score), _digits(less), _digits(more))
            for score, less, more in zip(at, low, high, strict=True)
        ),
        people=min(probing, enrolled),
        mated=tuple(round(float(q), 4) for q in np.quantile(own, MATED_SHARES)),
    )
    volume = Volume(
        looks=looks,
        scores=excesses.compared,
        probing=probing,
        enrolled=enrolled,
        pairs=int(excesses.total(np.ones(people))),
        mated_people=len(own) // _SPLITS,
        mated=len(own),
    )
    return table, volume


def _mated_scores(looks: Looks, fused: int, publish: Publish, rng: np.random.Generator) -> Doubles:
    """Scores of probes against their own person's template, as many for each person."""
    rows, probes, people = [], [], []
    for photos in looks.photos_of:
        if len(photos) < ENROLLED + fused:
            continue
        for _ in range(_SPLITS):
            picked = rng.permutation(photos)[: ENROLLED + fused]
            first, seen = picked[:ENROLLED], picked[ENROLLED:]
            rows.append(publish(looks.templates[first]))
            probes.append(fuse(looks.templates[seen], looks.weights[seen]))
            people.append(looks.people[seen[0]])
    if not rows:
        raise TooFew(f"nobody has {ENROLLED + fused} usable photos")
    asked = looks.probing(np.stack(probes), np.array(people))
    return np.asarray((asked * enrolled(np.stack(rows))).sum(axis=1), np.float64)


def _best_others(looks: Looks, publish: Publish, rng: np.random.Generator) -> Doubles:
    """The best score each probe has with a gallery of one template for each other person."""
    probes = draw(looks, _LOGISTIC_LOOKS, _LOGISTIC_EACH, rng)
    return best_two(probes, draw(looks, ENROLLED, 1, rng, publish))[0]


def _digits(number: float) -> float:
    return float(f"{number:.4g}")
