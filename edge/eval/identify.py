"""From a plan and its looks to scores: who would have been found, who taken for whom.

In: a plan, a look or failure for each of its pictures. Out: :class:`Trials`, scores without
names. A person's template is made of the photos that gave one, as the register publishes it; a
person whose photos all failed is a failure to enrol (FTE), stays in the gallery's count and
makes misses of all their probes. A probe is the weighted fusion of its looks as a track's is
(:mod:`edge.recognise.evidence`); one whose looks all failed is a failure to acquire (FTA).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.errors import ConfigError
from edge.eval.instruments import Instruments
from edge.eval.look import Failure, Look, Result
from edge.eval.protocol import Plan
from edge.recognise.evidence import Evidence
from edge.values import Floats

NOTHING = -np.inf
_CHUNK = 512

Scores = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trials:
    """Scores of all probes; a probe without a template scores minus infinity.

    Attributes:
        gallery: people enrolled, those that failed to enrol among them.
        failed_to_enrol: people none of whose photos gave a template.
        person: (n,) which enrolled person a mated probe is of.
        own: (n,) score of a mated probe against its own person.
        other: (n,) its best score against anyone else.
        acquired: (n,) whether it has a template.
        stranger: (m,) best score of each non-mated probe.
        stranger_acquired: (m,) whether it has a template.
        pictures: how many pictures were looked at.
        failures: how many failed, by reason.
        refused: how many looks the quality limits would have refused.
        upsampled: how many looks were at an enlarged face.
    """

    gallery: int
    failed_to_enrol: int
    person: Ints
    own: Scores
    other: Scores
    acquired: npt.NDArray[np.bool_]
    stranger: Scores
    stranger_acquired: npt.NDArray[np.bool_]
    pictures: int
    failures: Mapping[Failure, int]
    refused: int
    upsampled: int


def run_trials(plan: Plan, looks: Mapping[Path, Result], instruments: Instruments) -> Trials:
    """Score every probe of a plan against its gallery.

    Raises:
        ConfigError: nobody could be enrolled.
    """
    rows = [_template(one.photos, looks, instruments) for one in plan.gallery]
    enrolled = [number for number, row in enumerate(rows) if row is not None]
    if not enrolled:
        raise ConfigError(
            f"None of the {len(rows)} people could be enrolled.",
            "Check that the pictures show faces that the pack finds.",
        )
    gallery = _Gallery([row for row in rows if row is not None], instruments)
    column = {number: place for place, number in enumerate(enrolled)}
    mated = [(n, probe) for n, one in enumerate(plan.gallery) for probe in one.probes]
    fused = [_fused(probe, looks) for _, probe in mated]
    own, other = _mated_scores(fused, [column.get(n) for n, _ in mated], gallery)
    strangers = [_fused(probe, looks) for probe in plan.strangers]
    used = [looks[picture] for picture in plan.photos + plan.probes]
    return Trials(
        gallery=len(rows),
        failed_to_enrol=len(rows) - len(enrolled),
        person=np.array([n for n, _ in mated], np.int64),
        own=own,
        other=other,
        acquired=np.array([row is not None for row in fused]),
        stranger=_best_scores(strangers, gallery),
        stranger_acquired=np.array([row is not None for row in strangers]),
        pictures=len(used),
        failures={kind: used.count(kind) for kind in Failure},
        refused=sum(isinstance(look, Look) and bool(look.refused) for look in used),
        upsampled=sum(isinstance(look, Look) and look.upsampled for look in used),
    )


def _template(
    photos: Sequence[Path], looks: Mapping[Path, Result], instruments: Instruments
) -> Floats | None:
    rows = [look.template for photo in photos if isinstance(look := looks[photo], Look)]
    return instruments.publish(np.stack(rows)) if rows else None


def _fused(probe: Sequence[Path], looks: Mapping[Path, Result]) -> Floats | None:
    evidence = Evidence(most_looks=len(probe))
    for picture in probe:
        look = looks[picture]
        if isinstance(look, Look):
            evidence.add(look.template, look.quality.weight)
    return evidence.fused() if evidence.looks else None


class _Gallery:
    """Compares probes with people; a person scores by the best of their rows, as on a box."""

    def __init__(self, people: Sequence[Floats], instruments: Instruments) -> None:
        self._store = instruments.store
        self._allowance = instruments.allowance
        self._rows = instruments.store(np.concatenate(people))
        counts = [len(rows) for rows in people]
        self._first_row = np.cumsum([0, *counts[:-1]])

    def compare(self, fused: Sequence[Floats | None]) -> Iterator[tuple[int, Scores]]:
        """The place of each probe that has a template, and its score against each person."""
        places = [place for place, row in enumerate(fused) if row is not None]
        rows = [row for row in fused if row is not None]
        for at in range(0, len(rows), _CHUNK):
            probes = self._store(np.stack(rows[at : at + _CHUNK]))
            cosines = (probes @ self._rows.T).astype(np.float64)
            best = np.maximum.reduceat(cosines, self._first_row, axis=1)
            scores = np.clip(best - self._allowance(probes)[:, None], -1.0, 1.0)
            yield from zip(places[at : at + _CHUNK], scores, strict=True)


def _mated_scores(
    fused: Sequence[Floats | None], columns: Sequence[int | None], gallery: _Gallery
) -> tuple[Scores, Scores]:
    own, other = np.full(len(fused), NOTHING), np.full(len(fused), NOTHING)
    for place, scores in gallery.compare(fused):
        column = columns[place]
        if column is not None:
            own[place] = scores[column]
            scores[column] = NOTHING
        other[place] = scores.max()
    return own, other


def _best_scores(fused: Sequence[Floats | None], gallery: _Gallery) -> Scores:
    best = np.full(len(fused), NOTHING)
    for place, scores in gallery.compare(fused):
        best[place] = scores.max()
    return best
