"""Tries a pack by running it: does the manifest fit the models, and do the models recognise?

In: a pack, its loaded models behind their ports, and pictures of a few rendered people. Out: a
:class:`Trial`, what was found in words and numbers. Always: a model whose numbers are not
finite, that sees no face in a clear picture or sees crowds in an empty one, or that finds two
people more alike than two pictures of one, is refused with that reason. This finds packs that
are broken or wrongly described; how good a sound one is, ``watchpost eval`` measures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import numpy as np

from edge.errors import PackError
from edge.recognise.align import Aligner
from edge.recognise.cohort import load_cohort
from edge.recognise.interpreter import Model
from edge.recognise.pack import Pack
from edge.recognise.ports import Detector, Embedder
from edge.values import Bytes, Detection, Floats, Frame

LEAST_LEVELS = 64  # of the 256 a pixel has: fewer reach the model of a wrongly stated input
MOST_EMPTY_FACES = 3
_ROUNDS = 5
_REMEDY = "Correct the manifest, or ask the pack's publisher; it was not installed."


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture of one rendered person, and which."""

    person: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class Trial:
    """What running a pack showed.

    Attributes:
        pack: ``id@version``.
        detector: its input and outputs, a line each.
        embedder: its input and outputs, a line each.
        levels: how many of the 256 values of a pixel the detector and embedder tell apart.
        template_numbers: length of a template.
        same_person: the least cosine between two pictures of one person.
        other_person: the greatest between pictures of two.
        detect_ms: median of one detection on this machine.
        embed_ms: median of one template on this machine.
    """

    pack: str
    detector: tuple[str, ...]
    embedder: tuple[str, ...]
    levels: tuple[int, int]
    template_numbers: int
    same_person: float
    other_person: float
    detect_ms: float
    embed_ms: float


def examine(
    pack: Pack,
    detector: Detector,
    embedder: Embedder,
    portraits: Sequence[Portrait],
    now_s: Callable[[], float] = time.perf_counter,
) -> Trial:
    """Run a pack on what it must be able to do.

    Args:
        pack: the verified pack.
        detector: its detector, loaded.
        embedder: its embedder, loaded.
        portraits: at least two of one person and one of another.
        now_s: a steady clock.

    Raises:
        PackError: it fails, with the reason.
    """
    detector_lines, detector_levels = _tensors(pack, "detector")
    embedder_lines, embedder_levels = _tensors(pack, "embedder")
    for shown, frame in _odd_frames():
        _check_faces(detector.detect(frame), shown, frame)
    aligner = Aligner(pack.manifest.embedder)
    load_cohort(pack)
    chips = [_chip(detector, aligner, one) for one in portraits]
    _check_rows(embedder.embed(_odd_chips(chips[0].shape)), pack)
    rows = embedder.embed(chips)
    _check_rows(rows, pack)
    same, other = _likeness(rows, [one.person for one in portraits])
    return Trial(
        pack=pack.ref,
        detector=detector_lines,
        embedder=embedder_lines,
        levels=(detector_levels, embedder_levels),
        template_numbers=int(rows.shape[1]),
        same_person=same,
        other_person=other,
        detect_ms=_median_ms(lambda: detector.detect(portraits[0].frame), now_s),
        embed_ms=_median_ms(lambda: embedder.embed(chips[:1]), now_s),
    )


def describe(pack: Pack) -> dict[str, tuple[str, ...]]:
    """Input and outputs of both models, a line each, by ``detector`` and ``embedder``.

    Raises:
        PackError: a model cannot be loaded, or its input is not as the manifest states.
    """
    return {part: _tensors(pack, part)[0] for part in ("detector", "embedder")}


def _tensors(pack: Pack, part: str) -> tuple[tuple[str, ...], int]:
    """The lines for a model's tensors, and how many values of a pixel reach it as different."""
    size = pack.manifest.detector.input if part == "detector" else pack.manifest.embedder.input
    path = pack.detector_file if part == "detector" else pack.embedder_file
    model = Model(path, 1, (1, size.height, size.width, size.channels), size.dtype)
    means = size.mean if isinstance(size.mean, tuple) else (size.mean,)
    stds = size.std if isinstance(size.std, tuple) else (size.std,)
    tables = [model.lookup(m, s, full_range=True) for m, s in zip(means, stds, strict=True)]
    levels = min(len(np.unique(table)) for table in tables)
    if levels < LEAST_LEVELS:
        raise PackError(
            f"Of the 256 values of a pixel the {part} tells only {levels} apart: the mean and std "
            f"of the manifest do not fit its input ({model.tensors[0]}).",
            _REMEDY,
        )
    first, *others = model.tensors
    return (f"in {first}", *(f"out {one}" for one in others)), levels


def _check_faces(faces: tuple[Detection, ...], shown: str, frame: Frame) -> None:
    reach = 4 * max(frame.width, frame.height)
    for face in faces:
        numbers = (*face.box, *face.landmarks.ravel().tolist())
        if not np.isfinite(numbers).all() or max(map(abs, numbers)) > reach:
            raise PackError(f"The detector puts a face outside the world of {shown}.", _REMEDY)
    if len(faces) > MOST_EMPTY_FACES:
        raise PackError(
            f"The detector sees {len(faces)} faces in {shown}; at most {MOST_EMPTY_FACES} would "
            "be a mistake that happens.",
            _REMEDY,
        )


def _chip(detector: Detector, aligner: Aligner, portrait: Portrait) -> Bytes:
    faces = detector.detect(portrait.frame)
    if not faces:
        raise PackError("The detector finds no face in a clear picture of one.", _REMEDY)
    largest = max(faces, key=lambda face: face.inter_eye_px)
    if not 0.05 <= largest.inter_eye_px / portrait.frame.width <= 0.7:
        raise PackError(
            f"In a clear picture of a face the detector puts the eyes {largest.inter_eye_px:.0f} "
            f"px apart, of {portrait.frame.width}.",
            _REMEDY,
        )
    return aligner.chip(portrait.frame, largest.landmarks)


def _check_rows(rows: Floats, pack: Pack) -> None:
    stated = pack.manifest.embedder.dimensions
    lengths = np.linalg.norm(rows, axis=1)
    if rows.shape[1] != stated or not np.isfinite(rows).all() or np.abs(lengths - 1).max() > 1e-3:
        raise PackError(
            f"The embedder's templates are no {stated} finite numbers of length 1.", _REMEDY
        )


def _likeness(rows: Floats, people: Sequence[str]) -> tuple[float, float]:
    cosines = rows @ rows.T
    alike = np.array([[a == b for b in people] for a in people])
    upper = np.triu(np.ones_like(alike), 1)
    same, other = float(cosines[alike & upper].min()), float(cosines[~alike & upper].max())
    if same <= other:
        raise PackError(
            f"To the embedder two people are more alike ({other:.3f}) than two pictures of one "
            f"({same:.3f}).",
            _REMEDY,
        )
    return same, other


def _odd_frames() -> list[tuple[str, Frame]]:
    rows, columns = 360, 640
    noise = np.random.default_rng(7).integers(0, 256, (rows, columns), dtype=np.uint8)
    planes = {
        "a black picture": np.zeros((rows, columns), np.uint8),
        "a white picture": np.full((rows, columns), 255, np.uint8),
        "a picture of noise": noise,
    }
    return [(shown, _frame(luma)) for shown, luma in planes.items()]


def _frame(luma: Bytes) -> Frame:
    neutral = np.full(((luma.shape[0] + 1) // 2, (luma.shape[1] + 1) // 2), 128, np.uint8)
    moment = datetime(1970, 1, 1, tzinfo=UTC)
    return Frame("trial", 0, 0.0, moment, luma, neutral, neutral, full_range=True)


def _odd_chips(shape: tuple[int, ...]) -> list[Bytes]:
    noise = np.random.default_rng(8).integers(0, 256, shape, dtype=np.uint8)
    return [np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), noise]


def _median_ms(action: Callable[[], object], now_s: Callable[[], float]) -> float:
    times = []
    for _ in range(_ROUNDS):
        begin_s = now_s()
        action()
        times.append((now_s() - begin_s) * 1000)
    return median(times)
