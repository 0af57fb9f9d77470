"""The tail fit gives back what it was drawn from, and its band holds it."""

from __future__ import annotations

import numpy as np
import pytest

from edge.calibrate.tail import Excesses, Tail, band, fit
from edge.calibrate.too_few import TooFew

PEOPLE = 200


def excesses(tail: Tail, seed: int = 1, count: int = 4000, copies: int = 1) -> Excesses:
    """Scores of pairs of people drawn from a tail; each pair ``copies`` times."""
    rng = np.random.default_rng(seed)
    shares = rng.random(count)
    over = tail.scale / tail.shape * np.expm1(-tail.shape * np.log(shares))
    pairs = rng.integers(0, PEOPLE, (2, count))
    total = PEOPLE * (PEOPLE - 1)
    templates = np.full(PEOPLE, copies)
    assert abs(tail.share - count / total) < 1e-6
    return Excesses(
        start=tail.start,
        scores=np.repeat(tail.start + over, copies),
        probe_people=np.repeat(pairs[0], copies),
        gallery_people=np.repeat(pairs[1], copies),
        probes=np.ones(PEOPLE, np.int64),
        templates=templates,
        compared=total * copies,
        highest=float(tail.start + over.max()),
    )


def drawn_from(shape: float, scale: float = 0.006, count: int = 4000) -> Tail:
    return Tail(0.93, count / (PEOPLE * (PEOPLE - 1)), scale, shape)


@pytest.mark.parametrize("shape", [-0.085, -0.03, 0.05])
def test_the_fit_finds_the_tail_its_scores_were_drawn_from(shape: float) -> None:
    truth = drawn_from(shape)
    found = fit(excesses(truth))
    assert found.share == pytest.approx(truth.share)
    assert found.scale == pytest.approx(truth.scale, rel=0.08)
    assert found.shape == pytest.approx(truth.shape, abs=0.05)


def test_the_fit_is_the_likeliest_of_its_neighbours() -> None:
    seen = excesses(drawn_from(-0.05))
    found = fit(seen)
    over = seen.scores - seen.start

    def likelihood(scale: float, shape: float) -> float:
        base = 1 + shape * over / scale
        return float(-len(over) * np.log(scale) - (1 / shape + 1) * np.log(base).sum())

    best = likelihood(found.scale, found.shape)
    for scale in (0.95, 1.05):
        assert best > likelihood(found.scale * scale, found.shape)
    for shape in (0.9, 1.1):
        assert best > likelihood(found.scale, found.shape * shape)


def test_a_tail_that_seems_to_end_early_is_fitted_with_its_end_at_one() -> None:
    """However short the tail looks, no score that a face can reach is impossible."""
    seen = excesses(drawn_from(-0.4))
    found = fit(seen)
    assert found.start - found.scale / found.shape == pytest.approx(1.0, abs=1e-6)
    assert found.rate(np.array([0.99]))[0] > 0


def test_more_draws_of_the_same_people_change_nothing() -> None:
    truth = drawn_from(-0.05)
    once, often = fit(excesses(truth)), fit(excesses(truth, copies=5))
    assert (once.scale, once.shape) == pytest.approx((often.scale, often.shape))
    assert once.share == pytest.approx(often.share)


def test_the_band_holds_the_truth_and_narrows_towards_the_start() -> None:
    truth = drawn_from(-0.05)
    at = np.array([0.935, 0.95, 0.965])
    low, high = band(excesses(truth), at, np.random.default_rng(5), rounds=60)
    rates = truth.rate(at)
    assert ((low <= rates) & (rates <= high)).all()
    widths = np.log(high / low)
    assert list(widths) == sorted(widths)


def test_too_few_scores_are_refused() -> None:
    with pytest.raises(TooFew, match="fewer than 50"):
        fit(excesses(drawn_from(-0.05, count=30), count=30))
