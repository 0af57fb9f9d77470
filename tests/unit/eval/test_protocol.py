"""The open-set protocol: first K enrolled, the rest fused M at a time, the others strangers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.eval.protocol import make_plan


def people(*counts: int) -> list[tuple[Path, ...]]:
    return [tuple(Path(f"{who}/{n}.jpg") for n in range(count)) for who, count in enumerate(counts)]


def test_the_first_k_are_enrolled_and_the_rest_fused_m_at_a_time() -> None:
    plan = make_plan(people(8, 5, 3), enrol=2, frames=3)
    first, second = plan.gallery
    assert [p.name for p in first.photos] == ["0.jpg", "1.jpg"]
    assert [[p.name for p in probe] for probe in first.probes] == [
        ["2.jpg", "3.jpg", "4.jpg"],
        ["5.jpg", "6.jpg", "7.jpg"],
    ]
    assert len(second.probes) == 1


def test_a_remainder_smaller_than_m_is_dropped_and_counted() -> None:
    plan = make_plan(people(7, 1), enrol=2, frames=3)
    assert len(plan.gallery[0].probes) == 1
    assert plan.unused == 2


def test_a_person_with_too_few_pictures_is_a_stranger_with_up_to_m() -> None:
    plan = make_plan(people(6, 5, 1), enrol=3, frames=3)
    assert [len(probe) for probe in plan.strangers] == [3, 1]
    assert plan.unused == 2


@pytest.mark.parametrize(("enrol", "frames"), [(0, 1), (1, 0), (21, 1), (1, 101)])
def test_k_and_m_have_bounds(enrol: int, frames: int) -> None:
    with pytest.raises(ConfigError, match="out of range"):
        make_plan(people(200, 1), enrol, frames)


@pytest.mark.parametrize("counts", [(9, 9), (1, 2), ()])
def test_without_a_gallery_or_without_strangers_there_is_no_open_set(
    counts: tuple[int, ...],
) -> None:
    with pytest.raises(ConfigError, match="open-set"):
        make_plan(people(*counts), 3, 3)


@given(st.lists(st.integers(1, 30), min_size=2, max_size=20), st.integers(1, 5), st.integers(1, 5))
def test_no_picture_is_used_twice_and_every_one_is_accounted_for(
    counts: list[int], enrol: int, frames: int
) -> None:
    try:
        plan = make_plan(people(*counts), enrol, frames)
    except ConfigError:
        return
    used = plan.photos + plan.probes
    assert len(set(used)) == len(used)
    assert len(used) + plan.unused == sum(counts)
