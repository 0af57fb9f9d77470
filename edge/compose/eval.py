"""Measuring: the pack's stages and the ways in, as a box and an operator use them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from edge.capture.images import ENDINGS, full_range_planes, read_picture
from edge.capture.video import VideoFile
from edge.compose import box
from edge.compose.recognise import make_detector, make_embedder
from edge.eval.instruments import Instruments, no_allowance
from edge.recognise.align import Aligner
from edge.recognise.cohort import load_cohort
from edge.recognise.pack import Pack
from edge.recognise.quality import measure
from edge.register.publish import centre
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Floats, Frame
from edge.watchlist.quantise import quantise, restore


def pack(name: str) -> Pack:
    """A pack by bundled name or folder.

    Raises:
        PackError: it is missing or damaged.
    """
    return box.load(name)


def instruments(measured: Pack, threads: int = 1) -> Instruments:
    """What a pack is measured with; loads its models.

    Raises:
        PackError: the models do not fit the manifest.
    """
    size = measured.manifest.detector.input
    cohort = load_cohort(measured)
    return Instruments(
        pack=measured.ref,
        detector=make_detector(measured, threads),
        embedder=make_embedder(measured, threads),
        aligner=Aligner(measured.manifest.embedder),
        measure=measure,
        limits=measured.manifest.quality,
        publish=_published,
        store=_stored,
        allowance=cohort.allowance if cohort else no_allowance,
        read=read_picture,
        play=_played,
        planes=full_range_planes,
        endings=ENDINGS,
        input_px=(size.width, size.height),
        now_s=time.perf_counter,
    )


def _published(rows: Floats) -> Floats:
    return centre(quantise(rows))


def _stored(rows: Floats) -> Floats:
    return restore(quantise(rows))


def _played(video: Path) -> Iterator[Frame]:
    settings = CameraSettings(source=str(video), pace="as-fast-as-possible")
    source = VideoFile(settings, SystemClock(trust_system=True))
    source.open()
    try:
        while (frame := source.read()) is not None:
            yield frame
            source.release(frame)
    finally:
        source.close()
