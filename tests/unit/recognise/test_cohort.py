"""A probe near many people has to be nearer to one of them to be taken for that one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edge.errors import PackError
from edge.recognise.cohort import Cohort, RelativeGallery, load_cohort
from edge.recognise.pack import CohortManifest, Manifest, Pack
from edge.values import Candidate, EntryRef, Floats
from tests.fakes.packs import manifest

STATED = CohortManifest(
    file="cohort.npz",
    sha256="0" * 64,
    source="a test",
    licence="CC0-1.0",
    nearest=2,
    weight=0.5,
    level=0.4,
)
EAST, NORTH = np.eye(2, dtype=np.float32)


@dataclass
class TwoPeople:
    """A gallery that finds the same two people for every probe."""

    scores: tuple[float, float]
    version: int = 7

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        entry = EntryRef("e", "guests", None)
        found = tuple(
            Candidate(name, s, (entry,)) for name, s in zip("ab", self.scores, strict=True)
        )
        return [found] * len(probes)


def cohort() -> Cohort:
    return Cohort(np.stack([EAST, EAST, NORTH]), STATED)


def pack_with(folder: Path, rows: np.ndarray | None) -> Pack:
    if rows is not None:
        np.savez(folder / "cohort.npz", rows=rows)
    stated = manifest().model_dump(by_alias=True) | {"cohort": STATED.model_dump()}
    return Pack(folder, Manifest.model_validate(stated))


def test_the_nearest_of_the_cohort_say_how_much_is_taken_off() -> None:
    assert cohort().allowance(np.stack([EAST, NORTH])) == pytest.approx([0.3, 0.05])


def test_a_common_face_scores_less_and_a_rare_one_more_than_its_cosine() -> None:
    relative = RelativeGallery(TwoPeople((0.9, 0.8)), cohort())
    common, rare = relative.search(np.stack([EAST, -EAST]))
    assert [one.score for one in common] == pytest.approx([0.6, 0.5])
    assert [one.score for one in rare] == pytest.approx([1.0, 1.0])
    assert [one.person_id for one in common] == ["a", "b"]
    assert relative.version == 7


def test_more_probes_than_are_compared_at_once_give_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    probes = rng.normal(size=(5000, 2)).astype(np.float32)
    assert cohort().allowance(probes)[::999] == pytest.approx(cohort().allowance(probes[::999]))
    assert len(cohort().allowance(probes[:0])) == 0


def test_a_pack_without_a_cohort_has_none(tmp_path: Path) -> None:
    assert load_cohort(Pack(tmp_path, manifest())) is None


def test_the_rows_of_a_packs_cohort_are_brought_to_length_one(tmp_path: Path) -> None:
    rows = np.zeros((2, 128), np.int8)
    rows[:, 0] = 100
    loaded = load_cohort(pack_with(tmp_path, rows))
    assert loaded is not None
    assert loaded.allowance(np.eye(1, 128, dtype=np.float32)) == pytest.approx([0.3])


@pytest.mark.parametrize(
    "rows",
    [
        None,
        np.ones((1, 128), np.int8),
        np.ones((3, 127), np.int8),
        np.ones(128, np.int8),
        np.zeros((3, 128), np.int8),
        np.full((3, 128), np.nan, np.float32),
    ],
    ids=["absent", "too few", "too narrow", "flat", "empty", "not finite"],
)
def test_a_cohort_that_cannot_be_used_is_refused(tmp_path: Path, rows: np.ndarray | None) -> None:
    with pytest.raises(PackError, match="cohort"):
        load_cohort(pack_with(tmp_path, rows))


def test_a_cohort_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cohort.npz").write_bytes(b"nothing of the kind")
    with pytest.raises(PackError, match="cannot be read"):
        load_cohort(pack_with(tmp_path, None))
