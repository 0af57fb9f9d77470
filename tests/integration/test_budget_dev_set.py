"""Simulated sites drawn from photos of real people keep to their budgets, where photos are at hand.

Again and again the people are split by chance. One half calibrates, the other is the site: those
with three photos are enrolled, and everybody passes by. So the people of the site are never those
of the calibration. One site may lie well off, when one of its people has a double among those who
pass; the band is there for that, and the budget holds on average.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.calibrate.compare import tail_of
from edge.calibrate.photo_set import Drawn, Looks, draw
from edge.calibrate.tail import Doubles, band, fit
from edge.compose import eval as composed
from edge.eval.look import Look, LookTaker
from edge.eval.people import people_in
from edge.recognise.budget import Budget, Limits
from edge.recognise.calibration import MATED_SHARES, Calibration, LooksCalibration
from edge.values import Floats

FACES = Path(__file__).parents[2].parent / "shared" / "faces-dev"
MOST_PHOTOS = 4
PASSAGES_PER_WEEK = 1000
SITES = 12
BAND_AT = np.linspace(0.89, 0.98, 46)
LIMITS = Limits(threshold=0.953, floor=0.85, ceiling=0.999, margin=0.015, min_frames=3)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FACES.is_dir(), reason="needs shared/faces-dev beside the checkout"),
]


@pytest.fixture(scope="module")
def looks() -> Looks:
    """Everybody with two photos or more, and a third of those with one."""
    instruments = composed.instruments(composed.pack("default"))
    everyone = people_in(FACES, instruments.endings)
    alone = [photos for photos in everyone if len(photos) == 1]
    people = [photos[:MOST_PHOTOS] for photos in everyone if len(photos) > 1] + alone[::3]
    owners = {photo: number for number, photos in enumerate(people) for photo in photos}
    taken = LookTaker(instruments, gates=True).all(tuple(owners), "", lambda *_: None)
    usable = [(owners[p], one) for p, one in taken.items() if isinstance(one, Look)]
    return Looks(
        np.stack([one.template for _, one in usable]),
        np.array([one.quality.weight for _, one in usable], np.float32),
        np.array([owner for owner, _ in usable], np.int64),
        lambda probes, _: instruments.allowance(probes),
    )


def mean_row(rows: Floats) -> Floats:
    mean = rows.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def calibrated(looks: Looks, fused: int, rng: np.random.Generator) -> Calibration:
    """Error rates of so many looks, as `watchpost models calibrate` measures them."""
    probes, gallery = draw(looks, fused, 20, rng), draw(looks, 3, 20, rng, mean_row)
    excesses = tail_of(probes, gallery, int(looks.people.max()) + 1, 0.005)
    tail = fit(excesses)
    low, high = band(excesses, BAND_AT, rng, rounds=40)
    table = LooksCalibration(
        looks=fused,
        tail_from=tail.start,
        tail_share=tail.share,
        tail_scale=tail.scale,
        tail_shape=tail.shape,
        measured_to=excesses.highest,
        people=min(int((excesses.probes > 0).sum()), int((excesses.templates > 0).sum())),
        band=tuple(zip(BAND_AT.tolist(), low.tolist(), high.tolist(), strict=True)),
        mated=tuple(0.98 for _ in MATED_SHARES),
    )
    return Calibration(slope=1, offset=0, source="a half", looks=(table,))


def alarms_per_week(probes: Drawn, gallery: Drawn, threshold: float) -> float:
    """False alarms when everybody passes equally often, never taken for themselves."""
    scores = probes.templates @ gallery.templates.T
    scores[probes.people[:, None] == gallery.people[None]] = -1
    alarm: Doubles = (scores.max(axis=1) >= threshold).astype(float)
    rates = [alarm[probes.people == who].mean() for who in np.unique(probes.people)]
    return PASSAGES_PER_WEEK * float(np.mean(rates))


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("fused", "budget"), [(1, 5.0), (1, 20.0), (3, 20.0)])
def test_sites_of_people_the_pack_was_not_calibrated_on_land_within_the_band_of_their_budget(
    looks: Looks, fused: int, budget: float
) -> None:
    people = np.unique(looks.people)
    found, within = [], 0
    for seed in range(SITES):
        rng = np.random.default_rng(seed)
        first = np.isin(looks.people, rng.permutation(people)[: len(people) // 2])
        planner = Budget(calibrated(looks.some(first), fused, rng), LIMITS, budget)
        site = looks.some(~first)
        gallery, probes = draw(site, 3, 1, rng, mean_row), draw(site, fused, MOST_PHOTOS, rng)
        plan = planner.plan(len(gallery.people), PASSAGES_PER_WEEK)
        assert plan.false_alarms_per_week == pytest.approx(budget, rel=0.01)
        found.append(alarms_per_week(probes, gallery, plan.threshold))
        within += found[-1] <= plan.false_alarms_at_most
    assert 0.5 * budget <= np.mean(found) <= 1.6 * budget, found
    assert within >= SITES - 1, found
