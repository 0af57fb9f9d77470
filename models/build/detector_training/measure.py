"""Measures detectors on pictures that are kept from training, side by side.

In:   `.tflite` files of the stride grid and YuNet; labelled scenes and people; the demo clip.
Out:  tables in Markdown, and all numbers as JSON when asked: false alarms and the threshold that
      keeps the budget, recall and landmark error by pixels between the eyes, milliseconds.
Always: each detector counts at the threshold that gives it at most one false alarm in 200 canvases
      without a face, or at the one named on the command line; a face is found when the middle of
      the eyes is within 0.35 eye distances of the truth.
Not here: the pictures themselves (`canvases`).

Usage: python -m models.build.detector_training.measure NAME=FILE.tflite … --teacher YUNET.onnx \
           --scenes FOLDER LABELS.npz --people FOLDER LABELS.npz --rendered FOLDER LABELS.npz \
           --clip edge/demo/data [--threshold NAME=0.76 …] [--json OUT.json]
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.build.detector_training import canvases, detectors, labels
from models.build.detector_training.canvases import Canvas
from models.build.detector_training.detectors import Detect, GridFile, Rows

Floats = NDArray[np.float64]

CANVASES_A_FALSE_ALARM = 200
NEAR = 0.35
TEACHER = "YuNet"


@dataclass(slots=True)
class Tally:
    """What one detector said of all canvases.

    Attributes:
        canvases: how many held no face.
        alarms: score and name of everything found on those.
        found: (table, column) -> (score, landmark error in eye distances) of each face asked for.
    """

    canvases: int = 0
    alarms: list[tuple[float, str]] = field(default_factory=list)
    found: dict[tuple[str, int], list[tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, canvas: Canvas, faces: Rows) -> None:
        """Count what was found on one canvas."""
        if canvas.truth is None:
            self.canvases += 1
            self.alarms += [(float(score), canvas.name) for score in faces[:, 14]]
        else:
            self.found[canvas.table, canvas.eyes_px].append(best_match(faces, canvas.truth))

    def budget_threshold(self) -> float:
        """The least threshold with at most one false alarm in 200 canvases."""
        scores = sorted((score for score, _ in self.alarms), reverse=True)
        allowed = self.canvases // CANVASES_A_FALSE_ALARM
        return scores[allowed] + 1e-4 if len(scores) > allowed else detectors.LEAST_SCORE

    def false_alarms(self, threshold: float) -> int:
        """False alarms at a threshold."""
        return sum(score >= threshold for score, _ in self.alarms)

    def recall(self, cell: tuple[str, int], threshold: float) -> float:
        """Part of the faces of a table's column that are found."""
        return float(np.mean([score >= threshold for score, _ in self.found[cell]]))

    def landmark_error(self, cell: tuple[str, int], threshold: float) -> float | None:
        """Mean error of the landmarks of found faces in eye distances."""
        errors = [error for score, error in self.found[cell] if score >= threshold]
        return float(np.mean(errors)) if errors else None


def best_match(faces: Rows, truth: Floats) -> tuple[float, float]:
    """Best score of the faces at the truth, and that face's mean landmark error."""
    apart = float(np.linalg.norm(truth[0] - truth[1]))
    middle = truth[:2].mean(0)
    best = (0.0, float("nan"))
    for face in faces:
        landmarks = face[4:14].reshape(5, 2)
        near = np.linalg.norm(landmarks[:2].mean(0) - middle) < NEAR * apart
        if near and face[14] > best[0]:
            error = np.linalg.norm(landmarks[: len(truth)] - truth, axis=1).mean() / apart
            best = (float(face[14]), float(error))
    return best


def all_canvases(arguments: argparse.Namespace) -> Iterator[Canvas]:
    """Every picture that is measured on, table by table."""
    scenes = canvases.held_out_scenes(*arguments.scenes)
    yield from canvases.free_of_faces(scenes)
    yield from canvases.natural(scenes)
    backgrounds = [each.luma for each in canvases.free_of_faces(scenes)][::2]
    people = canvases.some_people(labels.read(*arguments.people))
    yield from canvases.pasted("photo", people, backgrounds, dark=False)
    yield from canvases.pasted("dark", people, backgrounds, dark=True)
    rendered = canvases.held_out_people(*arguments.rendered)
    yield from canvases.pasted("rendered", rendered, backgrounds, dark=False)
    yield from canvases.clip(arguments.clip)


def report(tallies: Mapping[str, Tally], chosen: Mapping[str, float]) -> dict[str, object]:
    """Print the tables; return the numbers."""
    thresholds = {name: chosen.get(name, each.budget_threshold()) for name, each in tallies.items()}
    print("\n| | threshold | kept by the budget | false alarms, canvases |")
    print("| --- | --- | --- | --- |")
    for name, tally in tallies.items():
        at, budget = thresholds[name], tally.budget_threshold()
        count = tally.false_alarms(at)
        print(f"| {name} | {at:.3f} | {budget:.3f} | {count} of {tally.canvases} |")
    for table in dict.fromkeys(table for each in tallies.values() for table, _ in each.found):
        _print_table(table, tallies, thresholds)
    return {name: _numbers(tally, thresholds[name]) for name, tally in tallies.items()}


def _numbers(tally: Tally, threshold: float) -> dict[str, object]:
    cells = {
        f"{table} {eyes_px}": {
            "n": len(found),
            "recall": tally.recall((table, eyes_px), threshold),
            "landmark_error": tally.landmark_error((table, eyes_px), threshold),
        }
        for (table, eyes_px), found in tally.found.items()
    }
    return {
        "threshold": threshold,
        "budget_threshold": tally.budget_threshold(),
        "false_alarms": tally.false_alarms(threshold),
        "canvases": tally.canvases,
        "surest_false": sorted(tally.alarms, reverse=True)[:12],
        "cells": cells,
    }


def _print_table(table: str, tallies: Mapping[str, Tally], thresholds: Mapping[str, float]) -> None:
    cells = sorted({cell for each in tallies.values() for cell in each.found if cell[0] == table})
    cells.reverse()
    first = next(iter(tallies.values()))
    counts = " | ".join(f"{eyes} px (n {len(first.found[table, eyes])})" for _, eyes in cells)
    print(f"\n| {table} | {counts} |\n| --- |{' --- |' * len(cells)}")
    for name, tally in tallies.items():
        shown = []
        for cell in cells:
            error = tally.landmark_error(cell, thresholds[name])
            told = "–" if error is None else f"{error:.3f}"
            shown.append(f"{tally.recall(cell, thresholds[name]):.3f} ({told})")
        print(f"| {name} | {' | '.join(shown)} |")


def _print_times(files: Mapping[str, GridFile], luma: NDArray[np.uint8]) -> None:
    print("\n| ms, one thread, least (median) | inference | with decoding |\n| --- | --- | --- |")
    for name, grid in files.items():
        alone, whole = (detectors.milliseconds(call, luma) for call in (grid.infer, grid))
        print(f"| {name} | {alone[0]:.1f} ({alone[1]:.1f}) | {whole[0]:.1f} ({whole[1]:.1f}) |")


def _named(texts: Sequence[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure face detectors side by side.")
    parser.add_argument("files", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--teacher", type=Path, help="YuNet's ONNX file")
    for name in ("scenes", "people", "rendered"):
        parser.add_argument(f"--{name}", type=Path, nargs=2, required=True)
    parser.add_argument("--clip", type=Path, required=True, help="folder of clip.json")
    parser.add_argument("--threshold", nargs="*", default=[], metavar="NAME=NUMBER")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main() -> None:
    """Measure the files named on the command line."""
    arguments = _arguments()
    cv2.setNumThreads(1)
    files = {name: GridFile(Path(path)) for name, path in _named(arguments.files).items()}
    detect: dict[str, Detect] = dict(files)
    if arguments.teacher:
        detect[TEACHER] = detectors.teacher(arguments.teacher)
    tallies = {name: Tally() for name in detect}
    for canvas in all_canvases(arguments):
        for name, call in detect.items():
            tallies[name].add(canvas, call(canvas.luma))
    chosen = {name: float(number) for name, number in _named(arguments.threshold).items()}
    numbers = report(tallies, chosen)
    scenes = canvases.held_out_scenes(*arguments.scenes)
    _print_times(files, next(canvases.natural(scenes)).luma)
    if arguments.json:
        arguments.json.write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
