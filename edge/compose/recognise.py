"""The ``recognise`` process: camera, models, the active list, the spool's writing end."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.capture.latest import Latest
from edge.capture.open_source import is_live, make_source
from edge.compose import box
from edge.processes.recognise import RecogniseWorker
from edge.recognise.blazeface import BlazeFaceDetector
from edge.recognise.decide import Rules
from edge.recognise.detect import GridDetector
from edge.recognise.embed import TfliteEmbedder
from edge.recognise.pack import Pack
from edge.recognise.pipeline import Pipeline
from edge.recognise.ports import Detector, Embedder, Gallery
from edge.report.spool import SpoolWriter
from edge.runtime.settings import Settings
from edge.watchlist.gallery import Gallery as ListGallery
from edge.watchlist.watched import WatchedGallery

_DETECTORS: dict[str, Callable[[Pack, int], Detector]] = {
    "stride-grid": GridDetector,
    "blazeface": BlazeFaceDetector,
}


def make_detector(pack: Pack, threads: int) -> Detector:
    """The detector that a pack's manifest asks for."""
    return _DETECTORS[pack.manifest.detector.decoder](pack, threads)


def make_embedder(pack: Pack, threads: int) -> Embedder:
    """The embedder of a pack."""
    return TfliteEmbedder(pack, threads)


def rules(settings: Settings, pack: Pack) -> Rules:
    """The pack's decision rules with the settings' overrides."""
    stated, wanted = pack.manifest.decision, settings.decision
    return Rules(
        threshold=stated.threshold if wanted.threshold is None else wanted.threshold,
        margin=stated.margin if wanted.margin is None else wanted.margin,
        min_frames=stated.min_frames if wanted.min_frames is None else wanted.min_frames,
        max_looks=stated.max_looks,
        re_alert_s=wanted.re_alert_interval.total_seconds(),
    )


def make_pipeline(settings: Settings, pack: Pack, gallery: Gallery) -> Pipeline:
    """Load a pack's models and join the stages."""
    threads = settings.pack.threads
    return Pipeline(
        detector=make_detector(pack, threads),
        embedder=make_embedder(pack, threads),
        gallery=gallery,
        manifest=pack.manifest,
        rules=rules(settings, pack),
        track_timeout_s=settings.decision.track_timeout.total_seconds(),
        now_s=time.perf_counter,
    )


def worker(settings: Settings) -> RecogniseWorker:
    """The ``recognise`` process; loads the models."""
    time_source = box.clock(settings)
    pack = box.load(settings.pack.name)
    gallery = WatchedGallery(
        box.list_store(settings, pack), ListGallery(settings.box.site, time_source)
    )
    sink = SpoolWriter(
        box.spool_file(settings),
        min_free_bytes=settings.spool.min_free_bytes,
        max_rows=settings.spool.max_rows,
        clock=time_source,
    )
    source = make_source(settings.camera, time_source)
    return RecogniseWorker(
        source,
        make_pipeline(settings, pack, gallery),
        gallery,
        sink,
        time_source,
        site=settings.box.site,
        box=settings.box.id,
        pack=pack.ref,
        facts={"pack": pack.ref, "camera": settings.camera.name},
        dropped=(lambda: source.dropped) if isinstance(source, Latest) else (lambda: 0),
        live=is_live(settings.camera),
    )
