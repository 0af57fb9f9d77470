"""Whether every camera can be read: stalled, unplugged, busy, or gone from the network."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.checks.frames import MAX_FRAME_AGE_S
from edge.status.snapshot import Snapshot


def check_camera(snapshot: Snapshot) -> Finding | None:
    """The recogniser must get pictures from each camera."""
    view = snapshot.recognise
    said = view.trouble_with("camera")
    if said is None:
        return None
    age_s = view.figure("frame_age_s")
    others = bool(view.figure("frames_per_s")) and age_s is not None and age_s < MAX_FRAME_AGE_S
    return Finding(
        "camera",
        Severity.WARNING if others else Severity.FAILURE,
        "Watching, but not with every camera." if others else "Not watching.",
        said.problem,
        "Nobody is recognised there." if others else "Nobody is recognised.",
        said.remedy,
    )
