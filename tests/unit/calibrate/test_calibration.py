"""A whole calibration on people drawn from a known model."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from edge.calibrate.check import cross_check
from edge.calibrate.compare import best_two, most_alike, tail_of
from edge.calibrate.logistic import fit_logistic
from edge.calibrate.manifest_text import replaced, tables
from edge.calibrate.measure import Options, calibrate
from edge.calibrate.photo_set import Looks, draw
from edge.calibrate.summary import summary
from edge.calibrate.too_few import TooFew
from edge.errors import ConfigError
from edge.recognise.budget import fmr
from edge.recognise.calibration import Calibration
from tests.unit.calibrate.people import draw_people, mean_row

PHOTOS = [1] * 60 + [3] * 40 + [6] * 30 + [9] * 20
QUICK = Options(most_each=10, rounds=10)
MANIFESTS = Path(__file__).parents[3] / "models" / "build" / "manifests"


@pytest.fixture(scope="module")
def looks() -> Looks:
    return draw_people(PHOTOS)


def test_a_draw_never_holds_a_photo_twice_nor_a_set_twice(looks: Looks) -> None:
    drawn = draw(looks, 3, 12, np.random.default_rng(1))
    sets = [tuple(row) for row in drawn.photos.tolist()]
    assert all(len(set(one)) == 3 for one in sets)
    assert len(set(sets)) == len(sets)
    assert len(sets) == 40 * 1 + 30 * 12 + 20 * 12
    owners = looks.people[drawn.photos]
    assert (owners == drawn.people[:, None]).all()


def test_nobody_with_enough_photos_is_said(looks: Looks) -> None:
    with pytest.raises(TooFew, match="10 usable photos"):
        draw(looks, 10, 5, np.random.default_rng(1))


def test_every_score_is_of_two_people_and_all_are_counted(looks: Looks) -> None:
    rng = np.random.default_rng(1)
    probes, gallery = draw(looks, 1, 100, rng), draw(looks, 3, 4, rng, mean_row)
    found = tail_of(probes, gallery, len(PHOTOS), 0.02)
    same = probes.people[:, None] == gallery.people[None]
    scores = np.where(same, -2, probes.templates @ gallery.templates.T)
    assert found.compared == (~same).sum()
    assert len(found.scores) == (scores >= found.start).sum()
    assert (found.probe_people != found.gallery_people).all()
    assert found.highest == pytest.approx(scores.max(), abs=1e-6)
    everyone = np.ones(len(PHOTOS))
    assert found.weights(everyone).sum() / found.total(everyone) == pytest.approx(0.02, rel=0.05)


def test_the_best_two_are_of_two_other_people(looks: Looks) -> None:
    rng = np.random.default_rng(1)
    probes, gallery = draw(looks, 3, 2, rng), draw(looks, 3, 1, rng, mean_row)
    best, second = best_two(probes, gallery)
    assert (best >= second).all()
    first = gallery.templates[gallery.people != probes.people[0]] @ probes.templates[0]
    assert sorted(first)[-2:] == pytest.approx([second[0], best[0]])


def test_one_person_under_two_names_is_the_most_alike_pair(looks: Looks) -> None:
    people = looks.people.copy()
    people[np.flatnonzero(people == 149)[:4]] = 500
    doubled = Looks(looks.templates, looks.weights, people)
    assert most_alike(doubled, 1)[0][:2] == (149, 500)


def test_the_logistic_fit_finds_slope_and_offset() -> None:
    rng = np.random.default_rng(1)
    mated, others = rng.normal(0.98, 0.01, 40_000), rng.normal(0.94, 0.01, 4_000)
    slope, offset = fit_logistic(mated, others)
    assert slope == pytest.approx(400, rel=0.05)
    assert -offset / slope == pytest.approx(0.96, abs=0.001)


def test_scores_that_do_not_overlap_still_give_a_finite_slope() -> None:
    slope, offset = fit_logistic(np.array([0.97, 0.98]), np.array([0.9, 0.91]))
    assert 0 < slope < 1e5
    assert 0.91 < -offset / slope < 0.97


def test_mated_scores_under_the_others_are_refused() -> None:
    with pytest.raises(TooFew):
        fit_logistic(np.array([0.9]), np.array([0.95]))


def test_a_calibration_is_the_same_for_the_same_seed_and_holds_what_was_seen(looks: Looks) -> None:
    one, two = (calibrate(looks, looks, mean_row, "drawn", QUICK) for _ in range(2))
    assert one == two
    found = one.calibration
    assert [table.looks for table in found.looks] == [1, 3, 5]
    assert found.retests >= 1
    for table in found.looks:
        assert fmr(table, table.tail_from) == pytest.approx(table.tail_share, rel=0.01)
        assert table.measured_to > table.tail_from
    assert [volume.mated_people for volume in one.volumes] == [50, 50, 20]
    assert one.volumes[0].pairs == 90 * (len(PHOTOS) - 1)


def test_too_small_a_photo_set_is_refused_with_what_is_missing() -> None:
    few = draw_people([2] * 30)
    with pytest.raises(ConfigError, match="nobody has 3 usable photos") as refused:
        calibrate(few, few, mean_row, "drawn", QUICK)
    assert "eight photos" in refused.value.remedy


def test_the_formula_for_a_gallery_holds_on_people_left_out_of_the_fit(looks: Looks) -> None:
    found = cross_check(looks, 1, 3, 0.015, mean_row, np.random.default_rng(3))
    assert [one.predicted for one in found] == [0.1, 0.03, 0.01, 0.003]
    for one in found[:2]:
        assert one.measured == pytest.approx(one.predicted, rel=0.6)
    assert all(one.with_margin <= one.measured for one in found)


def test_the_summary_tells_numbers_only(looks: Looks) -> None:
    measured = calibrate(looks, looks, mean_row, "drawn", QUICK)
    checks = cross_check(looks, 1, 3, 0.015, mean_row, np.random.default_rng(3))
    text = summary(measured, checks)
    assert "non-mated scores" in text
    assert f"{measured.volumes[0].scores:,}" in text


@pytest.mark.parametrize("pack", ["default", "blazeface"])
def test_a_manifest_with_a_new_calibration_keeps_every_other_table(looks: Looks, pack: str) -> None:
    before = (MANIFESTS / f"{pack}.toml").read_text("utf-8")
    found = calibrate(looks, looks, mean_row, 'drawn "here"', QUICK).calibration
    after = replaced(before, found)
    old, new = tomllib.loads(before), tomllib.loads(after)
    assert Calibration.model_validate(new.pop("calibration")) == found
    old.pop("calibration")
    assert new == old
    assert after.splitlines()[:60] == before.splitlines()[:60]
    assert replaced(after, found) == after


def test_a_source_cannot_break_out_of_its_line(looks: Looks) -> None:
    found = calibrate(looks, looks, mean_row, 'a"\n[pack]\nid = "x"', QUICK).calibration
    assert list(tomllib.loads(tables(found))) == ["calibration"]
