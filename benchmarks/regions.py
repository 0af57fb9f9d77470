"""Small faces in large frames, found with and without ``speed.regions``; and what that costs.

    python -m benchmarks.regions [--json] [--pictures N]

A rendered photo is pasted, so that a face has so many pixels between its eyes, at a place of its
own in a grey frame, which is shown :data:`FRAMES` times (one second) as a standing person would be.
Keys for each size of frame and face: ``plain_*`` and ``regions_*``, the share of faces found in at
least three of the frames, as many as a decision needs; ``cost_*``: times the processor time.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from benchmarks.telling import tell
from edge.bench.pipeline import cpu_s
from edge.capture.images import full_range_planes, read_picture
from edge.compose import box
from edge.compose.recognise import make_detector
from edge.demo.truth import people
from edge.recognise.ports import Detector
from edge.recognise.regions import Regions
from edge.values import Detection, Frame

SIZES = ((1280, 720), (1920, 1080), (2560, 1440))
EYES_PX = (22, 28)
FRAMES = 10
NEEDED = 3


def measure(pictures: int = 20) -> dict[str, float]:
    """All figures; see the module."""
    cv2.setNumThreads(1)
    pack = box.load("default")
    detector, size = make_detector(pack, 1), pack.manifest.detector.input
    photos = [path for one in people() for path in one.photos("view")][:pictures]
    found: dict[str, float] = {}
    for width, height in SIZES:
        taken: dict[str, list[float]] = {"plain": [], "regions": []}
        for eyes in EYES_PX:
            right = dict.fromkeys(taken, 0)
            for number, path in enumerate(photos):
                chance = np.random.default_rng([eyes, number])
                scene, place = pasted(detector, str(path), (width, height), eyes, chance)
                small = pack.manifest.quality.min_inter_eye_px
                closer = Regions(detector, (size.width, size.height), small)
                for name, arm in (("plain", detector), ("regions", closer)):
                    seen, cost_s = watched(arm, scene, place)
                    right[name] += seen >= NEEDED
                    taken[name].append(cost_s)
            for name in right:
                found[f"{name}_{height}_lines_{eyes}_px"] = right[name] / len(photos)
        ratios = [a / b for a, b in zip(taken["regions"], taken["plain"], strict=True)]
        found[f"cost_{height}_lines"] = statistics.median(ratios)
    return found


def pasted(
    detector: Detector, path: str, size: tuple[int, int], eyes: float, chance: np.random.Generator
) -> tuple[Frame, tuple[float, float]]:
    """A frame with the photo in it, and where the middle of the eyes is."""
    photo = cv2.imread(path)
    face = max(detector.detect(read_picture(Path(path))), key=lambda one: one.inter_eye_px)
    scale = eyes / face.inter_eye_px
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows, columns = small.shape[:2]
    canvas = np.full((size[1], size[0], 3), 110, np.uint8)
    left, top = int(chance.integers(size[0] - columns)), int(chance.integers(size[1] - rows))
    canvas[top : top + rows, left : left + columns] = small
    y, u, v = full_range_planes(canvas)
    middle = face.landmarks[:2].mean(axis=0) * scale
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    frame = Frame("bench", 0, 0.0, moment, y, u, v, full_range=True)
    return frame, (left + float(middle[0]), top + float(middle[1]))


def watched(detector: Detector, scene: Frame, place: tuple[float, float]) -> tuple[int, float]:
    """In how many frames the face is found, and the processor time of all."""
    frames = [replace(scene, index=index, t_s=index / 10) for index in range(FRAMES)]
    results: list[tuple[Detection, ...]] = []
    cost_s = cpu_s(lambda: results.extend(detector.detect(frame) for frame in frames))
    return sum(any(_at(one, place) for one in faces) for faces in results), cost_s


def _at(face: Detection, place: tuple[float, float]) -> bool:
    middle = face.landmarks[:2].mean(axis=0)
    return float(np.hypot(*(middle - np.array(place)))) < face.inter_eye_px


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pictures", type=int, default=20)
    args = parser.parse_args()
    tell(measure(args.pictures), as_json=args.json)


if __name__ == "__main__":
    main()
