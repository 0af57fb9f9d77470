"""The bundled clip through watchpost and through what people would install instead, frame by frame.

    python -m benchmarks.peers [--json] [--every N] [--float FILE --yunet FILE]

All arms know the demo's enrolled people by the same photos and get the same decoded frames, each
in the layout it likes best; decoding and colour conversion are not counted. Arms take turns on
each timed frame; a ratio is the median over those frames. With ``--every N`` the peers see every
Nth frame; watchpost follows tracks and sees all.

``face_recognition``: the calls of its ``api.py`` (1.3.0), in their order, on dlib itself, with
the models of ``face_recognition_models``: HOG detector with one upsampling, 5-point predictor,
ResNet; the nearest known face within 0.6. ``yunet_float``: OpenCV's YuNet at the frame's size
(from the file of fixed input size: OpenCV 4.14 refuses the other), then the pack's embedder in
float32 through LiteRT; cosine at the pack's threshold.

Keys: ``times_faster_than_face_recognition``, ``times_faster_than_yunet_float`` (left out with a
``*_skipped`` reason where its files are absent), ``*_ms``, and for each arm ``hits`` (people
recognised at least once while there), ``missed`` (enrolled, shown to this arm, never recognised)
and ``false`` (people named in a frame in which they are not, counted a frame).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import dlib
import face_recognition_models as dlib_models
import numpy as np

from benchmarks.telling import tell
from edge.bench.side_by_side import median_ms, median_ratio
from edge.bench.stages import demo_pipeline, frames_of_clip
from edge.capture.images import read_picture
from edge.compose import box
from edge.demo.truth import clip, people
from edge.recognise.align import Aligner
from edge.recognise.cohort import load_cohort
from edge.recognise.embed import unit
from edge.recognise.interpreter import interpreter_class
from edge.values import Bytes, Floats, Frame

THREADS = 1
TOLERANCE = 0.6  # face_recognition's own
YUNET_SCORE = 0.9  # the default of cv2.FaceDetectorYN

Arm = Callable[[Frame, Bytes], set[str]]


@dataclass
class Tally:
    """What an arm did."""

    times_s: list[float] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    hits: set[str] = field(default_factory=set)
    false: int = 0

    def take(self, arm: Arm, frame: Frame, rgb: Bytes, *, timed: bool = True) -> None:
        """Give the arm one frame."""
        begin_s = time.perf_counter()
        named = arm(frame, rgb)
        if timed:
            self.times_s.append(time.perf_counter() - begin_s)
        there = {
            one.key
            for one in clip().appearances
            if one.first_frame <= frame.index <= one.last_frame
        }
        self.shown |= there
        self.hits |= named & there
        self.false += len(named - there)

    def figures(self, name: str, enrolled: set[str]) -> dict[str, float]:
        """The arm's keys."""
        return {
            f"{name}_ms": median_ms(self.times_s),
            f"{name}_hits": float(len(self.hits)),
            f"{name}_missed": float(len(self.shown & enrolled - self.hits)),
            f"{name}_false": float(self.false),
        }


def measure(every: int, model: Path, yunet: Path, frames: int = 10**9) -> dict[str, Any]:
    """All arms on the clip's first ``frames`` frames."""
    cv2.setNumThreads(THREADS)
    arms: dict[str, Arm] = {"watchpost": _watchpost(), "face_recognition": _face_recognition()}
    found: dict[str, Any] = {"every": every, "threads": THREADS}
    missing = [str(path.name) for path in (model, yunet) if not path.is_file()]
    if missing:
        found["yunet_float_skipped"] = f"not there: {', '.join(missing)}"
    else:
        try:
            arms["yunet_float"] = _yunet_float(model, yunet)
        except cv2.error as error:
            found["yunet_float_skipped"] = f"OpenCV {cv2.__version__} refuses it: {error.err}"
    tallies = {name: Tally() for name in arms}
    for frame, rgb in _frames(frames):
        timed = frame.index % every == 0
        for name, arm in arms.items():
            if timed or name == "watchpost":
                tallies[name].take(arm, frame, rgb, timed=timed)
    enrolled = {one.key for one in people() if one.enrolled}
    for name, tally in tallies.items():
        found |= tally.figures(name, enrolled)
        if name != "watchpost":
            ratio = median_ratio(tally.times_s, tallies["watchpost"].times_s)
            found[f"times_faster_than_{name}"] = ratio
            whole = sum(tally.times_s) / sum(tallies["watchpost"].times_s)
            found[f"times_faster_than_{name}_in_sum"] = whole
    return found


def _frames(count: int) -> Iterator[tuple[Frame, Bytes]]:
    for frame in frames_of_clip(count):
        i420 = np.concatenate([plane.ravel() for plane in (frame.y, frame.u, frame.v)])
        rgb = cv2.cvtColor(i420.reshape(-1, frame.width), cv2.COLOR_YUV2RGB_I420)
        yield frame, np.asarray(rgb, np.uint8)


def _enrolled() -> Iterator[tuple[str, Path]]:
    for person in people():
        if person.enrolled:
            for photo in person.photos():
                yield person.key, photo


def _watchpost() -> Arm:
    pipeline, known = demo_pipeline("default")
    return lambda frame, rgb: {known[one.entry.entry_id] for one in pipeline.process(frame)}


def _face_recognition() -> Arm:
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(dlib_models.pose_predictor_five_point_model_location())
    network = dlib.face_recognition_model_v1(dlib_models.face_recognition_model_location())

    def encodings(rgb: Bytes) -> list[Floats]:
        shapes = [predictor(rgb, place) for place in detector(rgb, 1)]
        return [np.array(network.compute_face_descriptor(rgb, one, 1)) for one in shapes]

    keys: list[str] = []
    rows: list[Floats] = []
    for key, photo in _enrolled():
        found = encodings(np.ascontiguousarray(cv2.imread(str(photo))[:, :, ::-1]))
        rows += found[:1]
        keys += [key] * len(found[:1])
    known = np.stack(rows)

    def name(frame: Frame, rgb: Bytes) -> set[str]:
        named = set()
        for one in encodings(rgb):
            distances = np.linalg.norm(known - one, axis=1)
            if distances.min() <= TOLERANCE:
                named.add(keys[int(distances.argmin())])
        return named

    return name


def _yunet_float(model: Path, yunet: Path) -> Arm:
    pack = box.load("default")
    manifest, cohort = pack.manifest, load_cohort(pack)
    aligner = Aligner(manifest.embedder)
    interpreter = interpreter_class()(model_path=str(model), num_threads=THREADS)
    interpreter.allocate_tensors()
    into = interpreter.get_input_details()[0]["index"]
    out = interpreter.get_output_details()[0]["index"]
    finder = cv2.FaceDetectorYN.create(str(yunet), "", (320, 320), YUNET_SCORE)

    def templates(frame: Frame, bgr: Bytes) -> list[Floats]:
        finder.setInputSize((frame.width, frame.height))
        faces = finder.detect(bgr)[1]
        made = []
        for face in faces if faces is not None else ():
            chip = aligner.chip(frame, face[4:14].reshape(5, 2).astype(np.float32))
            interpreter.set_tensor(into, chip[None].astype(np.float32))
            interpreter.invoke()
            made.append(unit(interpreter.get_tensor(out)[0]))
        return made

    rows: dict[str, list[Floats]] = {}
    for key, photo in _enrolled():
        rows.setdefault(key, []).extend(
            templates(read_picture(photo), np.asarray(cv2.imread(str(photo)), np.uint8))[:1]
        )
    keys = [key for key, some in rows.items() if some]
    known = np.stack([unit(np.mean(rows[key], axis=0)) for key in keys])

    def name(frame: Frame, rgb: Bytes) -> set[str]:
        found = templates(frame, rgb)
        scores = [known @ one - (cohort.allowance(one[None]) if cohort else 0) for one in found]
        threshold = manifest.decision.threshold
        return {keys[int(one.argmax())] for one in scores if one.max() >= threshold}

    return name


def main() -> None:
    """Measure and print."""
    peers = Path(__file__).parents[2] / "shared" / "peers"
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--frames", type=int, default=10**9, metavar="N", help="the first N only")
    parser.add_argument(
        "--float",
        type=Path,
        default=Path("embedder_float.tflite"),
        dest="model",
        help="what `python -m models.build.embedder FACERES --float FILE` writes",
    )
    parser.add_argument("--yunet", type=Path, default=peers / "yunet_n_320.onnx")
    args = parser.parse_args()
    tell(measure(args.every, args.model, args.yunet, args.frames), as_json=args.json)


if __name__ == "__main__":
    main()
