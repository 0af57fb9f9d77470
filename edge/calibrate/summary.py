"""A calibration in words, for the person who ran it. No face and no name is in it."""

from __future__ import annotations

import numpy as np

from edge.calibrate.check import Checked
from edge.calibrate.measure import Measured
from edge.recognise.budget import fmr
from edge.recognise.calibration import MATED_SHARES

_SHOWN = (0.93, 0.94, 0.945, 0.95, 0.955, 0.96)


def summary(measured: Measured, checks: tuple[Checked, ...]) -> str:
    """The report, lines of plain text."""
    return "\n".join([*_volumes(measured), *_rates(measured), *_means(measured), *_checks(checks)])


def _volumes(measured: Measured) -> list[str]:
    lines = ["looks   non-mated scores   pairs of people   independent   mated scores (people)"]
    for one in measured.volumes:
        lines.append(
            f"{one.looks:5} {one.scores:18,} {one.pairs:17,} {min(one.probing, one.enrolled):13,}"
            f"   {one.mated:,} ({one.mated_people})"
        )
    return [
        *lines,
        "Pairs are ordered and weigh the same; independent are at most as many comparisons as "
        "there are people on the smaller side, each used once.",
        "",
    ]


def _rates(measured: Measured) -> list[str]:
    lines = ["FMR (95 % band), and share of mated scores missed", "score   "]
    for one in measured.calibration.looks:
        lines[1] += f"{'1 look' if one.looks == 1 else f'{one.looks} looks':40}"
    for score in _SHOWN:
        cells = []
        for one in measured.calibration.looks:
            low, high = next((b[1:] for b in one.band if abs(b[0] - score) < 1e-9), (0.0, 0.0))
            mark = "" if score <= one.measured_to else "*"
            missed = float(np.interp(score, one.mated, MATED_SHARES, left=0.0, right=1.0))
            rate = f"{fmr(one, score):.1e}{mark} ({low:.0e} to {high:.0e})"
            cells.append(f"{rate:28}{100 * missed:6.1f} %")
        lines.append(f"{score:.3f}   " + "   ".join(cells))
    return [*lines, "* beyond the highest score that was seen: extrapolated", ""]


def _means(measured: Measured) -> list[str]:
    found = measured.calibration
    return [
        f"Probability: slope {found.slope}, offset {found.offset}, one half at "
        f"{-found.offset / found.slope:.4f} ({measured.best_others:,} best scores of strangers).",
        f"A track reaches the threshold once {found.retests} times as often as at one look.",
        "",
    ]


def _checks(checks: tuple[Checked, ...]) -> list[str]:
    lines = [
        "1 - (1 - FMR)^N on the half of the people the tail was not fitted on, ten splits",
        "looks  people  strangers  predicted  measured (± between splits)  with the margin",
    ]
    for one in checks:
        lines.append(
            f"{one.looks:5} {one.people:7.0f} {one.strangers:10.0f} {one.predicted:10.3f}"
            f"   {one.measured:.4f} (± {one.spread:.4f})"
            f" {one.with_margin:21.4f}"
        )
    return lines
