"""What a measurement is made with: a pack's stages, handed in ready-made.

This folder reads no camera, watchlist or register code: :mod:`edge.compose.eval` builds these
instruments from the very adapters that a box and an operator use, so that what is measured is
what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.recognise.align import Aligner
from edge.recognise.pack import QualityLimits
from edge.recognise.ports import Detector, Embedder
from edge.values import Bytes, Detection, Floats, Frame, Quality

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def no_allowance(probes: Floats) -> Floats:
    """(n,) zeros: the scores of these (n, dimensions) probes are plain cosines."""
    return np.zeros(len(probes), np.float32)


@dataclass(frozen=True, slots=True)
class Instruments:
    """A pack's stages and the ways in.

    Attributes:
        pack: ``id@version``.
        detector: finds faces.
        embedder: makes templates.
        aligner: cuts chips.
        measure: measures a look against limits.
        limits: the pack's limits.
        publish: a person's photo templates (k, n) as the rows (m, n) that a box compares with.
        store: rows as they are after they were quantised for the search.
        read: a picture file as a frame; raises :class:`edge.errors.CaptureError`.
        play: a video file's frames; raises :class:`edge.errors.CaptureError`.
        planes: a blue-green-red picture as I420 planes.
        endings: how the names of picture files end.
        input_px: width and height of the detector's input.
        now_s: steady clock, seconds.
        allowance: what a box takes off every score of each probe, (n, dimensions) to (n,).
    """

    pack: str
    detector: Detector
    embedder: Embedder
    aligner: Aligner
    measure: Callable[[Detection, Bytes, QualityLimits], Quality]
    limits: QualityLimits
    publish: Callable[[Floats], Floats]
    store: Callable[[Floats], Floats]
    read: Callable[[Path], Frame]
    play: Callable[[Path], Iterator[Frame]]
    planes: Callable[[Bytes], tuple[Bytes, Bytes, Bytes]]
    endings: tuple[str, ...]
    input_px: tuple[int, int]
    now_s: Callable[[], float]
    allowance: Callable[[Floats], Floats] = no_allowance
