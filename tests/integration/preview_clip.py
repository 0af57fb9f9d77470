"""The bundled clip through the real models and the preview, picture by picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from edge.capture.images import decode_picture, read_picture
from edge.capture.video import VideoFile
from edge.compose import box
from edge.compose.preview import make_previews
from edge.compose.recognise import make_detector, make_embedder, make_pipeline
from edge.demo.truth import clip, people
from edge.recognise.align import Aligner
from edge.recognise.enrol import Enroller
from edge.runtime.preview_file import read_facts, wanted
from edge.runtime.preview_file import read_picture as read_preview
from edge.runtime.setting_tables import BoxSettings, CameraSettings, Settings
from edge.values import Candidate, Detection, Floats, Frame
from edge.values.preview import PreviewFacts
from tests.fakes.clock import FakeClock

PACK = box.load("default")
NAME = CameraSettings().name


class Nobody:
    """A gallery without entries."""

    version = 0

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        return [() for _ in probes]


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview picture, and the clear frame that it shows, at the same size."""

    facts: PreviewFacts
    picture: Frame
    clear: Frame


class Lens:
    """The pack's own eyes, for looking at preview pictures."""

    def __init__(self) -> None:
        self._detector = make_detector(PACK, 1)
        self._embedder = make_embedder(PACK, 1)
        self._aligner = Aligner(PACK.manifest.embedder)
        self._enroller = Enroller(self._detector, self._embedder, PACK.manifest)

    def faces(self, frame: Frame) -> tuple[Detection, ...]:
        return self._detector.detect(frame)

    def templates(self, frame: Frame, faces: tuple[Detection, ...]) -> Floats:
        """(n, dimensions): what lies at these places of the picture."""
        return self._embedder.embed([self._aligner.chip(frame, one.landmarks) for one in faces])

    def gallery(self) -> tuple[list[str], Floats]:
        """Everybody of the demo, enrolled or not: keys and mean templates."""
        rows = []
        for person in people():
            photos = [read_picture(path) for path in person.photos() or person.photos("view")]
            total = np.sum([self._enroller.enrol(one).template for one in photos], axis=0)
            rows.append(total / np.linalg.norm(total))
        return [one.key for one in people()], np.stack(rows).astype(np.float32)


def touch(path: Path, at: datetime) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.utime(path, (at.timestamp(), at.timestamp()))


def shown_pictures(run_dir: Path, rounds: int = 2) -> Iterator[Shown]:
    """Every preview picture of the clip while somebody looks, at every frame of the clip."""
    clock = FakeClock(datetime.now(UTC))
    settings = Settings(
        box=BoxSettings(run_dir=run_dir, state_dir=run_dir),
        camera=CameraSettings(source=str(clip().path), pace="as-fast-as-possible"),
    )
    preview = make_previews(settings, PACK, clock, make_detector)
    for _ in range(rounds):
        pipeline = make_pipeline(settings, PACK, Nobody())
        before: Frame | None = None
        for frame in _frames(settings, clock):
            clock.advance(0.25)
            touch(wanted(run_dir / "status", NAME), clock.utc())
            preview.look_around()
            pipeline.process(frame)
            preview.take(frame, pipeline.seen())
            facts, picture = read_facts(run_dir, NAME), read_preview(run_dir, NAME)
            if before is not None and facts is not None and facts.taken_at == before.taken_at:
                assert picture is not None
                yield Shown(facts, _decoded(picture), before)
            before = _copy(frame)
    preview.close()


def _frames(settings: Settings, clock: FakeClock) -> Iterator[Frame]:
    source = VideoFile(settings.camera, clock)
    source.open()
    while (frame := source.read()) is not None:
        yield frame
        source.release(frame)
    source.close()


def _copy(frame: Frame) -> Frame:
    return Frame(
        camera=frame.camera,
        index=frame.index,
        t_s=frame.t_s,
        taken_at=frame.taken_at,
        y=frame.y.copy(),
        u=frame.u.copy(),
        v=frame.v.copy(),
        full_range=frame.full_range,
        matrix=frame.matrix,
    )


def _decoded(data: bytes) -> Frame:
    return decode_picture(data, shown="preview", camera="preview", taken_at=datetime.now(UTC))
