"""Whether the last update of the whole image came to its end."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot, Standing

BROKEN_OFF_AFTER_S = 60.0  # an update that goes on says so about once a second


def check_update(snapshot: Snapshot) -> Finding | None:
    """What was installed must run, and what was begun must be ended."""
    view = snapshot.update
    if view is None or view.state is None:
        return None
    problem, remedy = view.state.problem, view.state.remedy
    if view.standing is Standing.SILENT and view.age_s >= BROKEN_OFF_AFTER_S:
        problem = f"An update was broken off {words.duration(view.age_s)} ago."
        remedy = "Look at `watchpost update status`, and install the image again."
    if not problem:
        return None
    return Finding(
        "update",
        Severity.WARNING,
        "Watching, but an update failed.",
        problem,
        "The box may go on with an older image, and what the new one mends stays broken.",
        remedy,
    )
