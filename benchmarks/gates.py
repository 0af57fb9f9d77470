"""Error-versus-reject curves from the looks that ``benchmarks/degradation.py`` wrote.

    python -m benchmarks.gates LOOKS.csv

For each measure: the looks of the conditions that change it, with the undegraded ones, in bands of
the measure, at the threshold that gives undegraded single looks an FPIR of 1 %; then what refusing
the worst part of them would leave. A limit is worth having where looks beyond it are mostly misses
(they cost a place among the looks fused) or more often false positives than others.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from edge.eval.reject import MEASURES, Band, Looks, bands, joined, reject_curve

TARGET = 0.01
PARTS = (0.0, 0.05, 0.1, 0.2, 0.3)
# Which conditions move a measure, in which bands it is looked at, and which end is bad.
PLANS: dict[str, tuple[tuple[str, ...], tuple[float, ...], bool]] = {
    "inter_eye_px": (("inter-eye",), (0, 14, 16, 18, 20, 22, 24, 28, 34, 44, 70, 999), False),
    "sharpness": (
        ("blur", "inter-eye"),
        (0, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 9),
        False,
    ),
    "yaw": ((), (0, 0.1, 0.2, 0.3, 0.4, 0.55, 9), True),
    "brightness": (("gain", "gamma"), (0, 10, 15, 20, 25, 35, 50, 80, 160, 200, 235, 256), False),
    "contrast": (("gain", "gamma"), (0, 3, 4, 6, 8, 12, 16, 24, 40, 128), False),
    "roll_deg": ((), (0, 2, 5, 10, 20, 180), True),
}


def main() -> None:
    """Print bands and curves as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gates")
    parser.add_argument("looks", type=Path, metavar="FILE")
    conditions = read(parser.parse_args().looks)
    clean = conditions["clean"]
    threshold = _threshold(clean)
    print(f"Single looks at threshold {threshold:.4f}, FPIR 1 % undegraded.")
    for measure in MEASURES:
        words, edges, high_is_bad = PLANS[measure]
        chosen = [clean] + [
            looks
            for condition, looks in conditions.items()
            # A condition of several degradations moves several measures at once.
            if condition.split("=")[0] in words and "inter-eye" not in condition[1:]
        ]
        looks = joined(chosen)
        print(f"\n### {measure}: {len(chosen)} conditions, {len(looks.own)} looks\n")
        _print("band", bands(looks, measure, edges, threshold))
        print()
        curve = reject_curve(looks, measure, PARTS, threshold, high_is_bad=high_is_bad)
        _print("kept", curve)


def read(path: Path) -> dict[str, Looks]:
    """Looks by condition."""
    rows: dict[str, list[list[float]]] = {}
    with path.open(newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for condition, *numbers in reader:
            rows.setdefault(condition, []).append([float(number) for number in numbers])
    return {condition: _looks(np.array(found)) for condition, found in rows.items()}


def _looks(table: np.ndarray) -> Looks:
    measures = {name: table[:, 3 + place] for place, name in enumerate(MEASURES)}
    return Looks(measures, table[:, 1], table[:, 2], table[:, 0] > 0)


def _threshold(clean: Looks) -> float:
    strangers = np.sort(clean.other[~clean.mated])[::-1]
    return float(np.nextafter(strangers[int(TARGET * len(strangers))], np.inf))


def _print(head: str, found: list[Band]) -> None:
    print(f"| {head} | mated looks | FNIR | strangers' looks | FPIR |\n|" + " --- |" * 5)
    for band in found:
        print(
            f"| {band.low:g} to {band.high:g} | {band.mated} | {band.fnir:.3f} "
            f"| {band.strangers} | {band.fpir:.3f} |"
        )


if __name__ == "__main__":
    main()
