"""Three faces at 1280 x 720, every one embedded: what of a frame's time is not inference.

    python -m benchmarks.pipeline [--json] [--frames N]

Three rendered strangers drift a few pixels a frame over a grey picture. They are on no list, and
their tracks are forgotten before they settle, so that each frame embeds three faces: the dearest
frame of a small door. The arms "frame" (the pipeline) and "models" (the same runs of the two
models, on whatever lies in their inputs) take turns; both are timed in this process's CPU time.

Keys: ``non_inference_share`` (median over the frames of 1 - models / frame), ``frame_ms``,
``models_ms``, a ``*_ms`` for each stage, ``embeddings_per_frame``, ``detector_runs_per_frame``.
``copied_bytes_per_frame`` is a tally, not a measurement: of each buffer that is written between
decoder and model, its size, counted where :data:`TALLY` says. A full I420 copy would be 1,382,400.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import cv2
import numpy as np

from edge.bench.engines import models
from edge.bench.stages import demo_pipeline
from edge.capture.images import full_range_planes
from edge.compose import box
from edge.demo.truth import DATA, people
from edge.recognise.interpreter import Model
from edge.values import Bytes, Frame

WIDTH, HEIGHT = 1280, 720
FACES = 3
FACE_HEIGHT = 420
STEP_S = 0.1
WARMUP = 5  # frames
FORGET_EVERY = 20  # frames; fewer than the looks after which a track is settled
TALLY = {
    "shrunk luma": "InputPicture: resize to the detector's size",
    "detector input": "InputPicture: look-up table's result, in the interpreter's memory",
    "detector outputs": "Model.raw: get_tensor",
    "chips": "Aligner: warped planes, merged YUV, RGB (three times a chip)",
    "embedder input": "TfliteEmbedder: look-up table's result, in the interpreter's memory",
}


def measure(frames: int = 100) -> dict[str, float]:
    """All figures; see the module."""
    cv2.setNumThreads(1)
    pipeline, _ = demo_pipeline("default")
    counts = pipeline.counts
    finder, maker = (model for _, model, _ in models(box.load("default"), 1))
    three = picture()
    shares, whole_s, models_s = [], [], []
    for index in range(frames + WARMUP):
        before = runs_of(counts)
        took_s = cpu_s(partial(pipeline.process, moved(three, index)))
        detections, embeddings = (
            now - then for now, then in zip(runs_of(counts), before, strict=True)
        )
        alone_s = cpu_s(partial(_again, ((finder, detections), (maker, embeddings))))
        if index >= WARMUP:
            whole_s.append(took_s)
            models_s.append(alone_s)
            shares.append(1 - alone_s / took_s)
    taken = counts["frames"]
    stages = {f"{k}_ms": 1000 * v / taken for k, v in pipeline.times.total_s.items()}
    looked, looks = (runs / taken for runs in runs_of(counts))
    return {
        "non_inference_share": statistics.median(shares),
        "frame_ms": 1000 * statistics.median(whole_s),
        "models_ms": 1000 * statistics.median(models_s),
        "faces_per_frame": counts["faces"] / taken,
        "embeddings_per_frame": looks,
        "detector_runs_per_frame": looked,
        **stages,
        "copied_bytes_per_frame": sum(copied_bytes(looks).values()),
    }


def runs_of(counts: Mapping[str, int]) -> tuple[int, int]:
    """How often a pipeline has run the detector and the embedder."""
    return counts["frames"] - counts["spared"], counts["looks"]


def copied_bytes(looks: float) -> dict[str, float]:
    """Bytes written a frame between decoder and model, by the names of :data:`TALLY`."""
    manifest = box.load("default").manifest
    size, chip = manifest.detector.input, manifest.embedder.input
    seen = size.width * round(HEIGHT * size.width / WIDTH)
    cells = sum(size.width // k * (size.height // k) for k in manifest.detector.decode.strides)
    of_chip = chip.width * chip.height * 3
    return {
        "shrunk luma": seen,
        "detector input": size.width * size.height,
        "detector outputs": 15 * cells,
        "chips": 3 * of_chip * looks,
        "embedder input": of_chip * looks,
    }


def _again(runs: Iterable[tuple[Model, int]]) -> None:
    for model, count in runs:
        for _ in range(count):
            model.run()


def cpu_s(arm: Callable[[], object]) -> float:
    """Processor time of a call, seconds."""
    begin_s = time.process_time()
    arm()
    return time.process_time() - begin_s


def picture() -> Frame:
    """Three strangers side by side."""
    strangers = [one for one in people() if not one.enrolled][:FACES]
    canvas = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
    for place, person in enumerate(strangers):
        photo = cv2.imread(str(sorted((DATA / "photos" / person.key).glob("*.jpg"))[0]))
        if photo is None:
            raise FileNotFoundError(f"a picture of {person.key}")
        width = min(400, round(photo.shape[1] * FACE_HEIGHT / photo.shape[0]))
        small = cv2.resize(photo, (width, FACE_HEIGHT), interpolation=cv2.INTER_AREA)
        canvas[150 : 150 + FACE_HEIGHT, 15 + 425 * place :][:, :width] = small
    y, u, v = full_range_planes(canvas)
    return Frame("bench", 0, 0.0, datetime(2026, 1, 1, tzinfo=UTC), y, u, v, full_range=True)


def moved(still: Frame, index: int) -> Frame:
    """The picture a few pixels on; each group of frames is far enough in time to begin anew."""
    by = 2 * (index % 8)
    t_s = index * STEP_S + index // FORGET_EVERY * 60.0
    y, u, v = _rolled(still.y, by), _rolled(still.u, by // 2), _rolled(still.v, by // 2)
    return replace(still, index=index, t_s=t_s, y=y, u=u, v=v)


def _rolled(plane: Bytes, by: int) -> Bytes:
    return np.roll(plane, by, axis=1)
