"""Finds what the network takes for a face in scenes where the teacher sees none.

In:   folded weights, labelled scenes of the training part.
Out:  an `.npz`: `names` of scenes, `places` (n, 3): centre and size in the scene's pixels; the
      surest first.
Always: only scenes that may be trained on are looked at; a place near anything that the teacher
      holds possible is left out.

Usage: python -m models.build.detector_training.mine WEIGHTS.npz ALARMS.npz --scenes FOLDER LABELS
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from models.build.detector_training import photographs
from models.build.detector_training.crops import FalseAlarm
from models.build.detector_training.network import Network
from models.build.detector_training.photographs import Picture
from models.build.detector_training.placing import Turn, view
from models.build.detector_training.targets import STRIDES

Floats = NDArray[np.float64]

LEAST_SCORE = 0.2
MOST_PLACES = 3000
MOST_OF_A_VIEW = 8
VIEW_PX = 640
ENLARGED = (0.7, 1.0, 1.7)  # how many times a view's width the scene is wide


def look(network: Network, scene: Picture) -> Iterator[tuple[float, Floats]]:
    """Score, and centre and size in the scene's pixels, of what the network sees."""
    columns, rows = scene.size
    for times in ENLARGED:
        scale = VIEW_PX / max(columns, rows) * times
        matrix = Turn(scale).matrix(np.array(scene.size) / 2, np.full(2, VIEW_PX / 2))
        canvas = view(scene, matrix, VIEW_PX)
        pixels = (torch.from_numpy(canvas.luma).float()[None, None] - 128) / 128
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            logits, values = (each[0] for each in network(pixels))
        for score, place in _peaks(torch.sigmoid(logits).numpy(), values.numpy()):
            centre = (place[:2] - matrix[:, 2]) / scale
            if (centre > 0).all() and (centre < scene.size).all():
                yield score, np.array([*centre, place[2] / scale])


def _peaks(
    scores: NDArray[np.float32], values: NDArray[np.float32]
) -> Iterator[tuple[float, Floats]]:
    """The best cells that are not beside a better one: centre and size in view pixels."""
    sides = [VIEW_PX // stride for stride in STRIDES]
    cells = np.concatenate([np.stack(np.divmod(np.arange(n * n), n), 1)[:, ::-1] for n in sides])
    strides = np.repeat(STRIDES, [n * n for n in sides])
    kept: list[Floats] = []
    for index in np.argsort(-scores)[:200]:
        if scores[index] < LEAST_SCORE or len(kept) == MOST_OF_A_VIEW:
            return
        centre = (cells[index] + 0.5 + values[index, :2]) * strides[index]
        size = float(np.exp(values[index, 2:4].mean().clip(-4, 4)) * strides[index])
        if all(np.abs(centre - other[:2]).max() > 0.5 * max(size, other[2]) for other in kept):
            kept.append(np.array([*centre, size]))
            yield float(scores[index]), kept[-1]


def is_free_of_faces(scene: Picture, place: Floats) -> bool:
    """Whether no possible face of the teacher's is near a place."""
    for face in scene.faces:
        reach = 0.6 * max(float(face.size.max()), place[2])
        if np.abs(face.centre - place[:2]).max() < reach:
            return False
    return True


def load(path: Path, scenes: Sequence[Picture]) -> list[FalseAlarm]:
    """The mined places, by the position of their scene."""
    position = {scene.name: index for index, scene in enumerate(scenes)}
    with np.load(path) as archive:
        pairs = zip(archive["names"], archive["places"], strict=True)
        return [FalseAlarm(position[str(name)], at[:2], float(at[2])) for name, at in pairs]


def main() -> None:
    """Mine the training scenes."""
    parser = argparse.ArgumentParser(description="Mine false alarms on training scenes.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("alarms", type=Path)
    parser.add_argument("--scenes", type=Path, nargs=2, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    with np.load(arguments.weights) as archive:
        network = Network(dict(archive))
    found = []
    for scene in photographs.scenes_for_training(*arguments.scenes):
        for score, place in look(network, scene):
            if is_free_of_faces(scene, place):
                found.append((score, scene.name, place))
    found.sort(key=lambda each: -each[0])
    kept = found[:MOST_PLACES]
    names, places = np.array([each[1] for each in kept]), np.array([each[2] for each in kept])
    np.savez_compressed(arguments.alarms, names=names, places=places)
    print(f"{len(found)} places, {len(kept)} kept, down to score {kept[-1][0]:.2f}")


if __name__ == "__main__":
    main()
