"""What a track's looks are fused to, look by look."""

from __future__ import annotations

import numpy as np
import pytest

from edge.recognise.evidence import Evidence
from edge.values import Floats

LOOKS = np.random.default_rng(4).normal(size=(9, 128)).astype(np.float32)
LOOKS /= np.linalg.norm(LOOKS, axis=1)[:, None]
WEIGHTS = (0.5, 0.9, 0.2, 0.7, 0.3, 0.8, 0.6, 0.4, 1.0)


def gathered(most: int, count: int) -> Evidence:
    evidence = Evidence(most)
    for template, weight in zip(LOOKS[:count], WEIGHTS, strict=False):
        evidence.add(template, weight)
    return evidence


def mean(places: list[int]) -> Floats:
    total = np.array([WEIGHTS[at] for at in places], np.float32) @ LOOKS[places]
    return np.asarray(total / np.linalg.norm(total))


def test_looks_are_fused_to_their_weighted_mean_direction() -> None:
    for count in (1, 2, 5):
        assert np.allclose(gathered(40, count).fused(), mean(list(range(count))), atol=1e-6)


def test_the_worst_look_makes_room_for_another_one() -> None:
    assert np.allclose(gathered(4, 5).fused(), mean([0, 1, 3, 4]), atol=1e-6)
    assert np.allclose(gathered(4, 9).fused(), mean([1, 5, 6, 8]), atol=0.3)
    assert gathered(4, 9).looks == 4


def test_what_was_fused_before_does_not_stay_when_a_look_is_added() -> None:
    evidence = gathered(40, 2)
    before = evidence.fused()
    assert evidence.fused() is before
    evidence.add(LOOKS[5], 1.0)
    assert not np.allclose(evidence.fused(), before)


def test_looks_are_kept_apart_from_the_array_they_came_in() -> None:
    evidence, template = Evidence(3), LOOKS[0].copy()
    evidence.add(template, 1.0)
    template[:] = 0
    assert np.allclose(evidence.fused(), LOOKS[0], atol=1e-6)


def test_without_a_look_there_is_nothing_fused() -> None:
    with pytest.raises(ValueError, match="no look"):
        Evidence(3).fused()
