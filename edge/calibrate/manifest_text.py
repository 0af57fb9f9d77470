"""A calibration as the manifest's tables, and into a manifest without touching another line.

In: a manifest's text and a calibration. Out: the text with ``[calibration]`` and everything
under it replaced, other tables and their comments as they were; the new tables stand at the end.
"""

from __future__ import annotations

import re

from edge.recognise.calibration import Calibration, LooksCalibration

_HEADER = re.compile(r"^\[\[?\s*([a-z_.]+)\s*\]?\]")
_COMMENT = (
    "# Written by `watchpost models calibrate`; see there for what is compared. FMR by the",
    "# formula in edge/recognise/calibration.py; band: score, lowest and highest FMR (95 %).",
)


def tables(calibration: Calibration) -> str:
    """The tables as TOML."""
    lines = [
        *_COMMENT,
        "[calibration]",
        f"slope = {calibration.slope}",
        f"offset = {calibration.offset}",
        f"source = {_quoted(calibration.source)}",
        f"retests = {calibration.retests}",
    ]
    for one in calibration.looks:
        lines += ["", *_table(one)]
    return "\n".join(lines) + "\n"


def replaced(manifest: str, calibration: Calibration) -> str:
    """A manifest's text with its calibration replaced."""
    kept: list[str] = []
    ours = False
    for line in manifest.splitlines():
        if header := _HEADER.match(line):
            ours = header[1].split(".")[0] == "calibration"
            if ours:
                _drop_comment(kept)
        if not ours:
            kept.append(line)
    return "\n".join(kept).rstrip() + "\n\n" + tables(calibration)


def _drop_comment(lines: list[str]) -> None:
    """Drop the comment that stands right above a table."""
    while lines and lines[-1].startswith("#"):
        lines.pop()


def _table(one: LooksCalibration) -> list[str]:
    band = ", ".join(f"[{score}, {low:.4g}, {high:.4g}]" for score, low, high in one.band)
    return [
        "[[calibration.looks]]",
        f"looks = {one.looks}",
        f"tail_from = {one.tail_from}",
        f"tail_share = {one.tail_share}",
        f"tail_scale = {one.tail_scale}",
        f"tail_shape = {one.tail_shape}",
        f"measured_to = {one.measured_to}",
        f"people = {one.people}",
        f"band = [{band}]",
        f"mated = {list(one.mated)}",
    ]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", escaped) + '"'
