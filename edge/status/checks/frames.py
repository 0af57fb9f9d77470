"""Whether pictures arrive from the camera."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot, Standing

MAX_FRAME_AGE_S = 5.0


def check_frames(snapshot: Snapshot) -> Finding | None:
    """The newest picture must be younger than five seconds, when the recogniser tells."""
    age_s = snapshot.recognise.figure("frame_age_s")
    if snapshot.recognise.standing is not Standing.RUNNING or age_s is None:
        return None
    if age_s < MAX_FRAME_AGE_S:
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
