"""Whether hits can leave the box."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_broker(snapshot: Snapshot) -> Finding | None:
    """A reporter at work must be connected to its broker, and be let in."""
    view = snapshot.report
    said, connected = view.trouble_with("broker"), view.figure("connected")
    if said is None and (not view.at_work or connected is None or connected):
        return None
    broker = view.fact("broker") or "the broker"
    waiting = view.figure("backlog_hits")
    kept = f"{words.count(int(waiting), 'hit')} kept" if waiting is not None else "Hits are kept"
    return Finding(
        "broker",
        Severity.WARNING,
        "Watching, but hits are not sent.",
        said.problem if said else f"There is no connection to {broker}.",
        f"{kept[:1].upper()}{kept[1:]} on this box until it is back.",
        said.remedy
        if said
        else "Check the network and the mqtt settings; the box tries again by itself.",
    )
