"""Whether hits can leave the box."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot, Standing


def check_broker(snapshot: Snapshot) -> Finding | None:
    """A running reporter must be connected to its broker."""
    view = snapshot.report
    connected = view.figure("connected")
    if view.standing is not Standing.RUNNING or connected is None or connected:
        return None
    broker = view.fact("broker") or "the broker"
    waiting = view.figure("backlog_hits")
    kept = f"{words.count(int(waiting), 'hit')} kept" if waiting is not None else "Hits are kept"
    return Finding(
        "broker",
        Severity.WARNING,
        "Watching, but hits are not sent.",
        f"There is no connection to {broker}.",
        f"{kept[:1].upper()}{kept[1:]} on this box until it is back.",
        "Check the network and the mqtt settings; the box tries again by itself.",
    )
