"""Whether pictures arrive from the camera."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

MAX_FRAME_AGE_S = 5.0


def check_frames(snapshot: Snapshot) -> Finding | None:
    """The newest picture must be younger than five seconds, when the recogniser tells."""
    view = snapshot.recognise
    age_s = view.figure("frame_age_s")
    if age_s is None or age_s < MAX_FRAME_AGE_S:
        return None
    if not view.at_work or view.trouble_with("camera"):
        return None
    return Finding(
        "frames",
        Severity.FAILURE,
        "Not watching.",
        f"The newest picture is {age_s:.0f} s old; it should be younger than "
        f"{MAX_FRAME_AGE_S:.0f} s.",
        "Nobody is recognised.",
        "Check the camera's cable, power and network.",
    )
