"""Whether this page is served, as its absence is told over MQTT and by the doctor."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot, Standing

_AWAY = (Standing.SILENT, Standing.STOPPED, Standing.DEGRADED)


def check_page(snapshot: Snapshot) -> Finding | None:
    """The page's process, once started, must go on; a box without one is none the worse."""
    view = snapshot.status
    if view.standing not in _AWAY:
        return None
    said = view.state
    if view.standing is Standing.DEGRADED and said and said.problem:
        problem, remedy = said.problem, said.remedy
    else:
        silent = view.standing is Standing.SILENT
        since = f" for {words.duration(view.age_s)}" if silent else ""
        problem = f"The page has not responded{since}." if silent else "The page was stopped."
        remedy = "Start watchpost again, or restart the box if it stays like this."
    return Finding(
        "page",
        Severity.WARNING,
        "Watching, but the page is away.",
        problem,
        "Nobody can look at this box, aim its camera or review hits.",
        remedy,
    )
