"""The stages of a picture, as the recogniser times them, and what they are called for people."""

from __future__ import annotations

from edge.status.snapshot import ProcessView

STAGES = {
    "gate": "Looking for movement",
    "detect": "Finding faces",
    "track": "Following",
    "presence": "Checking for pictures of people",
    "align": "Cutting out and judging",
    "embed": "Describing a face",
    "match": "Searching and deciding",
}


def stage_times_ms(view: ProcessView) -> dict[str, float]:
    """Mean time of each stage that the recogniser tells of, lately, in order."""
    times = {name: view.figure(f"{name}_ms") for name in STAGES}
    return {name: time_ms for name, time_ms in times.items() if time_ms is not None}
