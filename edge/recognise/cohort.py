"""How common a face is, and what that takes off its scores.

In: probes, and a pack's cohort: mixtures of many people's templates, nobody's own. Out: what to
take off every score of a probe, or a gallery's candidates with it taken off. A face in whose
neighbourhood there are many others is near somebody of any gallery by chance, so it has to
be nearer to be taken for them; blurred and small faces come to lie there, too.

    score = cosine - weight * (mean of the cosines to the nearest of the cohort - level)

This is one half (the probe's) of symmetric normalisation as Kenny et al. describe it for voices
(adaptive S-norm; Matejka et al., Interspeech 2017), with a fixed weight instead of a division.
Always: which of two people is nearer to a probe never changes, only what that is worth; a score
stays within -1..1. Not here: how the cohort is made (models/build/cohort.py).
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge.errors import PackError
from edge.recognise.pack import CohortManifest, Pack
from edge.recognise.ports import Gallery
from edge.values import Candidate, Floats

MAX_ROWS = 20_000
_MEMBER = "rows.npy"
_MAX_BYTES = 64 * 1024 * 1024
_BLOCK = 2048  # probes compared at once


class Cohort:
    """Mixtures of templates, and how much being near them counts.

    Args:
        rows: (n, dimensions) float32, rows of length 1.
        stated: the manifest's numbers.
    """

    def __init__(self, rows: Floats, stated: CohortManifest) -> None:
        self._columns = np.ascontiguousarray(rows.T)
        self._stated = stated

    def allowance(self, probes: Floats) -> Floats:
        """(n,) what to take off every score of each (n, dimensions) probe of length 1."""
        nearest = self._stated.nearest
        means = np.empty(len(probes), np.float32)
        for first in range(0, len(probes), _BLOCK):
            cosines = probes[first : first + _BLOCK] @ self._columns
            top = np.partition(cosines, -nearest, axis=1)[:, -nearest:]
            means[first : first + _BLOCK] = top.mean(axis=1)
        allowed: Floats = (means - np.float32(self._stated.level)) * np.float32(self._stated.weight)
        return allowed


class RelativeGallery:
    """A gallery whose scores allow for how common each probe's face is.

    Args:
        gallery: searches by cosine; a :class:`edge.recognise.ports.Gallery`.
        cohort: see there.
    """

    def __init__(self, gallery: Gallery, cohort: Cohort) -> None:
        self._gallery = gallery
        self._cohort = cohort

    @property
    def version(self) -> int:
        """See the port."""
        return self._gallery.version

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """See the port."""
        found = self._gallery.search(probes)
        allowances = self._cohort.allowance(probes)
        return [
            tuple(replace(one, score=relative(one.score, float(less))) for one in candidates)
            for candidates, less in zip(found, allowances, strict=True)
        ]


def relative(cosine: float, allowance: float) -> float:
    """A cosine less the allowance of its probe, within -1..1."""
    return min(1.0, max(-1.0, cosine - allowance))


def load_cohort(pack: Pack) -> Cohort | None:
    """A pack's cohort; None when it has none.

    Raises:
        PackError: its file is damaged, or its rows are not what the manifest states.
    """
    stated = pack.manifest.cohort
    if stated is None or pack.cohort_file is None:
        return None
    rows = _rows(pack.cohort_file).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1) if rows.ndim == 2 else np.zeros(1, np.float32)
    dimensions = pack.manifest.embedder.dimensions
    if rows.shape[1:] != (dimensions,) or not stated.nearest <= len(rows) <= MAX_ROWS:
        raise PackError(
            f"The cohort {pack.cohort_file} has the shape {rows.shape}; it needs {dimensions} "
            f"columns and {stated.nearest} to {MAX_ROWS} rows.",
            "Correct cohort.nearest in the manifest, or make the file anew.",
        )
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise PackError(f"The cohort {pack.cohort_file} has empty rows.", "Make the file anew.")
    return Cohort(rows / lengths[:, None], stated)


def _rows(path: Path) -> np.ndarray:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_MEMBER).file_size > _MAX_BYTES:
                raise PackError(f"The cohort {path} is too large.", "Make a smaller one.")
        with np.load(path, allow_pickle=False) as stored:
            return np.asarray(stored[_MEMBER.removesuffix(".npy")])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise PackError(f"The cohort {path} cannot be read.", "Install the pack again.") from error
