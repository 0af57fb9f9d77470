"""What the preview lets out, looked at with the project's own detector and embedder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from edge.demo.truth import people
from edge.values import Detection, Floats
from tests.integration.preview_clip import PACK, Lens, Shown, shown_pictures

pytestmark = pytest.mark.slow

SURE = 0.96  # a clear look at least so near to somebody is that somebody
FPIR = 0.01


@dataclass(frozen=True)
class Looks:
    """Every clear face of the clip, and the same place in the preview picture.

    Attributes:
        pictures: how many preview pictures were looked at.
        found: templates of all that the detector takes for a face in them.
        clear: cosine of each clear face to everybody, (n, people).
        hidden: the same of what the preview shows there.
        templates: of what the preview shows there.
        who: index of the person.
    """

    pictures: int
    found: list[Floats]
    clear: Floats
    hidden: Floats
    templates: Floats
    who: np.ndarray[tuple[int], np.dtype[np.int64]]


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Looks:
    lens = Lens()
    _, gallery = lens.gallery()
    pictures, found, clear, hidden = 0, [], [], []
    for shown in shown_pictures(tmp_path_factory.mktemp("run"), rounds=2):
        pictures += 1
        if inside := lens.faces(shown.picture):
            found.append(lens.templates(shown.picture, inside))
        if faces := lens.faces(shown.clear):
            clear.append(lens.templates(shown.clear, faces))
            hidden.append(lens.templates(shown.picture, _there(faces, shown)))
    seen, left = np.concatenate(clear) @ gallery.T, np.concatenate(hidden)
    sure = seen.max(axis=1) >= SURE
    return Looks(
        pictures,
        [one @ gallery.T for one in found],
        seen[sure],
        (left @ gallery.T)[sure],
        left[sure],
        seen[sure].argmax(axis=1),
    )


def _there(faces: tuple[Detection, ...], shown: Shown) -> tuple[Detection, ...]:
    scale = shown.picture.width / shown.clear.width
    return tuple(
        Detection(
            tuple(value * scale for value in one.box),  # type: ignore[arg-type]
            (one.landmarks * scale).astype(np.float32),
            one.score,
        )
        for one in faces
    )


def chance_bound(trials: int, chance: float) -> float:
    """What pure guessing stays under in 999 of 1000 tries (normal approximation)."""
    return float(chance + 3.1 * np.sqrt(chance * (1 - chance) / trials))


def identified(scores: Floats, who: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """Share of searches that name the right person at FPIR 1 % among everybody else."""
    rows = np.arange(len(who))
    others = scores.copy()
    others[rows, who] = -1.0
    threshold = float(np.quantile(others.max(axis=1), 1 - FPIR))
    right = (scores.argmax(axis=1) == who) & (scores[rows, who] > threshold)
    return float(right.mean())


def test_clear_faces_of_the_clip_can_be_identified(looks: Looks) -> None:
    assert looks.pictures >= 200
    assert len(looks.who) >= 200
    assert len(set(looks.who.tolist())) >= 10
    assert identified(looks.clear, looks.who) > 0.9


def test_no_face_in_two_hundred_preview_pictures_matches_anybody(looks: Looks) -> None:
    threshold = PACK.manifest.decision.threshold
    assert all(float(scores.max()) < threshold for scores in looks.found)
    assert float(looks.hidden.max()) < threshold


def test_no_hidden_face_is_identified_better_than_by_guessing(looks: Looks) -> None:
    guessed = float((looks.hidden.argmax(axis=1) == looks.who).mean())
    # Looks of one walk are alike, so that only one in five counts as a trial of its own.
    assert guessed < chance_bound(len(looks.who) // 5, 1 / len(people()))
    assert identified(looks.hidden, looks.who) <= FPIR


def test_hidden_faces_do_not_give_away_which_of_them_are_one_person(looks: Looks) -> None:
    """Who knows hidden pictures of everybody learns no more: other walks, other pictures."""
    names = sorted(set(looks.who.tolist()))
    early = np.zeros(len(looks.who), bool)
    for one in names:
        places = np.flatnonzero(looks.who == one)
        early[places[: len(places) // 4]] = True
    known = np.stack([looks.templates[early & (looks.who == one)].mean(axis=0) for one in names])
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    # The second half of a walk, which shows another place and another distance.
    late = np.zeros(len(looks.who), bool)
    for one in names:
        places = np.flatnonzero(looks.who == one)
        late[places[len(places) // 4 : len(places) // 2]] = True
    answers = np.array(names)[(looks.templates[late] @ known.T).argmax(axis=1)]
    right = float((answers == looks.who[late]).mean())
    assert right < chance_bound(int(late.sum()) // 5, 1 / len(names))
