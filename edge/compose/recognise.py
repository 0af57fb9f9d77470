"""The ``recognise`` process: camera, models, the active list, the spool's writing end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import cv2

from edge.capture.latest import Latest
from edge.capture.open_source import is_live, make_source, make_threaded
from edge.capture.several import Several
from edge.capture.source import Source
from edge.compose import box, lists
from edge.compose.answering import make_answering
from edge.compose.preview import make_previews
from edge.errors import ConfigError
from edge.processes.budget_choice import BudgetChoice
from edge.processes.budget_curve import BudgetCurve
from edge.processes.cooling import Cooling
from edge.processes.recognise import RecogniseWorker
from edge.processes.recorder import Recorder
from edge.processes.steering import Steering, TrafficFile
from edge.recognise.attention import Savings
from edge.recognise.blazeface import BlazeFaceDetector
from edge.recognise.budget import Budget, Limits
from edge.recognise.cohort import RelativeGallery, load_cohort
from edge.recognise.decide import Rules
from edge.recognise.detect import GridDetector
from edge.recognise.embed import TfliteEmbedder
from edge.recognise.pack import Pack
from edge.recognise.pipeline import Pipeline
from edge.recognise.pipelines import Pipelines
from edge.recognise.ports import Detector, Embedder, Gallery
from edge.recognise.regions import Regions
from edge.report.spool import SpoolWriter
from edge.report.spool_evidence import PicturedDrafts
from edge.runtime.clock import Clock, NeverBefore
from edge.runtime.cores import keep_to
from edge.runtime.setting_tables import Settings
from edge.runtime.temperature import temperature_c
from edge.watchlist.gallery import Gallery as ListGallery
from edge.watchlist.graph import HnswSearch
from edge.watchlist.search import ExactSearch
from edge.watchlist.watched import BackgroundGallery, WatchedGallery

FRAME_GRACE_S = 0.5

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
        uncertain_lists=frozenset(wanted.report_uncertain),
    )


def make_steering(settings: Settings, pack: Pack) -> Steering | None:
    """What keeps the false-alarm budget; None when the pack's error rates are not known.

    Raises:
        ConfigError: there is a budget, but the pack's error rates are not known.
    """
    fixed, stated, wanted = rules(settings, pack), pack.manifest.decision, settings.decision
    limits = Limits(
        threshold=fixed.threshold,
        floor=stated.floor,
        ceiling=stated.ceiling,
        margin=fixed.margin,
        min_frames=fixed.min_frames,
    )
    try:
        budget = Budget(pack.manifest.calibration, limits, wanted.false_alarms_per_week)
    except ValueError as error:
        if wanted.false_alarms_per_week is None:
            return None
        raise ConfigError(
            f"A false-alarm budget cannot be kept: {error}.",
            "Remove decision.false_alarms_per_week, or run `watchpost models calibrate`.",
        ) from error
    file = TrafficFile(settings.box.state_dir / "traffic.json")
    choice = BudgetChoice(box.page_folder(settings) / "budget.json")
    curve = BudgetCurve(settings.box.run_dir / "budget.json")
    return Steering(budget, file, wanted.strangers_per_week, choice, curve)


def make_pipeline(settings: Settings, pack: Pack, gallery: Gallery) -> Pipeline:
    """Load a pack's models and join the stages for one camera."""
    return _joined(settings, pack, _relative(gallery, pack), *_models(settings, pack))


def make_pipelines(settings: Settings, pack: Pack, gallery: Gallery) -> Pipelines:
    """A pipeline for each of the box's cameras; models and cohort are loaded once."""
    shared = _relative(gallery, pack), *_models(settings, pack)
    names = [camera.name for camera in settings.all_cameras]
    return Pipelines({name: _joined(settings, pack, *shared) for name in names})


def _relative(gallery: Gallery, pack: Pack) -> Gallery:
    cohort = load_cohort(pack)
    return RelativeGallery(gallery, cohort) if cohort else gallery


def _models(settings: Settings, pack: Pack) -> tuple[Detector, Embedder]:
    detector = make_detector(pack, settings.pack.threads)
    if settings.speed.regions:
        stated = pack.manifest
        size = (stated.detector.input.width, stated.detector.input.height)
        detector = Regions(detector, size, stated.quality.min_inter_eye_px)
    return detector, make_embedder(pack, settings.pack.threads)


def _joined(
    settings: Settings, pack: Pack, gallery: Gallery, detector: Detector, embedder: Embedder
) -> Pipeline:
    return Pipeline(
        detector=detector,
        embedder=embedder,
        gallery=gallery,
        manifest=pack.manifest,
        rules=rules(settings, pack),
        track_timeout_s=settings.decision.track_timeout.total_seconds(),
        now_s=time.perf_counter,
        savings=savings(settings),
    )


def savings(settings: Settings) -> Savings:
    """What may be left out; a track must be looked for twice before it counts as lost."""
    speed, lives_s = settings.speed, settings.decision.track_timeout.total_seconds()
    return Savings(
        motion_gate=speed.motion_gate,
        adaptive_rate=speed.adaptive_rate,
        look_every_s=min(speed.look_every.total_seconds(), lives_s / 2),
        needed_looks=speed.needed_looks,
    )


def worker(settings: Settings) -> RecogniseWorker:
    """The ``recognise`` process; loads the models.

    Raises:
        ConfigError: ``speed.cores`` names cores that this machine does not have.
    """
    keep_to(settings.speed.cores)
    cv2.setNumThreads(1)  # its pool has nothing to win on small pictures, and spins: ADR 0035
    time_source = NeverBefore(box.clock(settings))
    pack = box.pack(settings)
    search = HnswSearch() if settings.watchlist.search == "hnsw" else ExactSearch()
    gallery = BackgroundGallery(
        WatchedGallery(
            lists.store(settings),
            ListGallery(settings.box.site, time_source, search),
            pack.ref,
            time_source,
        )
    )
    spool = SpoolWriter(box.spool_file(settings), box.spool_bounds(settings), clock=time_source)
    cameras, source = settings.all_cameras, cameras_of(settings, time_source)
    live = any(is_live(camera) for camera in cameras)
    frames_per_s = sum(camera.frames_per_s for camera in cameras)
    return RecogniseWorker(
        source,
        make_pipelines(settings, pack, gallery),
        gallery,
        Recorder(spool, PicturedDrafts(box.evidence_key(settings))),
        time_source,
        site=settings.box.site,
        box=settings.box.id,
        pack=pack.ref,
        facts={"pack": pack.ref, "camera": ", ".join(camera.name for camera in cameras)},
        dropped=lambda: source.dropped if isinstance(source, Latest | Several) else 0,
        live=live,
        steering=make_steering(settings, pack),
        frame_within_s=frame_within_s(settings),
        previews=make_previews(settings, pack, time_source, make_detector),
        row=source if isinstance(source, Several) else None,
        cooling=Cooling(temperature_c, frames_per_s) if live else None,
        answering=make_answering(settings, time_source, gallery),
    )


def cameras_of(settings: Settings, clock: Clock) -> Source:
    """The box's camera, or its cameras as one source.

    Raises:
        ConfigError: a source is of no kind that is read.
    """
    if not settings.cameras:
        return make_source(settings.camera, clock)
    changed = threading.Condition()
    row = [(one, make_threaded(one, clock, changed)) for one in settings.cameras]
    return Several(row, clock, changed)


def frame_within_s(settings: Settings) -> float:
    """How long a frame may take before the source itself calls that an error, and a little."""
    longest_s = max(
        max(camera.read_timeout.total_seconds(), 1 / camera.frames_per_s)
        for camera in settings.all_cameras
    )
    return longest_s + FRAME_GRACE_S
