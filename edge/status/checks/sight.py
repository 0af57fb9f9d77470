"""Whether the cameras see anything: lens covered, no light, a picture without detail."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

_FACT = "blind."


def check_sight(snapshot: Snapshot) -> Finding | None:
    """No camera's picture may be black or without detail."""
    view = snapshot.recognise
    facts = view.state.facts if view.state and view.at_work else {}
    blind = {name.removeprefix(_FACT): how for name, how in facts.items() if name.startswith(_FACT)}
    if not blind:
        return None
    black = "black" in blind.values()
    light = ", and give the place light" if black else ""
    return Finding(
        "sight",
        Severity.WARNING,
        "Watching, but seeing nothing.",
        " ".join(f"The picture of camera {name} is {how}." for name, how in blind.items()),
        "Nobody is recognised there.",
        f"Take away what covers the lens, clean it{light}; look at the page Camera meanwhile.",
    )
