"""Writes the demo photos' templates by a pack, as the installed runtime makes them.

``python -m tests.runtimes.templates PACK OUT.npz [BEFORE.npz [EVERY]]`` runs in any environment
that has a TFLite runtime; it uses nothing but ``edge.capture.images`` and ``edge.recognise``. Two
arms, a row a photo: ``whole`` goes from the photo to the template; ``chip`` begins at the
landmarks that another run wrote into BEFORE.npz, so that the embedder is compared alone. With
EVERY, one photo in so many is read: for a slow machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from edge.capture.images import read_picture
from edge.recognise.align import Aligner
from edge.recognise.blazeface import BlazeFaceDetector
from edge.recognise.detect import GridDetector
from edge.recognise.embed import TfliteEmbedder
from edge.recognise.interpreter import interpreter_class
from edge.recognise.pack import load_pack
from edge.values import Floats

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "edge" / "demo" / "data" / "photos"
DETECTORS = {"stride-grid": GridDetector, "blazeface": BlazeFaceDetector}


def main(pack_name: str, out: str, before: str = "", every: str = "1") -> None:
    """Compute and write names, landmarks, whole, chip and runtime."""
    pack = load_pack(ROOT / "models" / pack_name)
    detector = DETECTORS[pack.manifest.detector.decoder](pack, 1)
    embedder = TfliteEmbedder(pack, 1)
    aligner = Aligner(pack.manifest.embedder)
    given = _landmarks(before)
    names, points, whole, chip = [], [], [], []
    for path in sorted(PHOTOS.glob("*/*.jpg"))[:: int(every)]:
        name = f"{path.parent.name}/{path.name}"
        frame = read_picture(path)
        faces = sorted(detector.detect(frame), key=lambda face: -face.inter_eye_px)
        if not faces:
            continue
        here = faces[0].landmarks
        names.append(name)
        points.append(here)
        whole.append(embedder.embed([aligner.chip(frame, here)])[0])
        there = given.get(name)
        chip.append(whole[-1] if there is None else embedder.embed([aligner.chip(frame, there)])[0])
    runtime = interpreter_class().__module__.partition(".")[0]
    np.savez(out, names=names, landmarks=points, whole=whole, chip=chip, runtime=runtime)


def _landmarks(before: str) -> dict[str, Floats]:
    if not before:
        return {}
    with np.load(before) as file:
        return dict(zip(file["names"].tolist(), file["landmarks"], strict=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
