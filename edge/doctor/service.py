"""Questions about the box's own work: processes, page, notice.

In: a look at the box, its settings. Out: answers. What the processes say of themselves is
believed; the same health checks as on the page judge it.
"""

from __future__ import annotations

from edge.doctor.answer import Answer, failure, fine, warning
from edge.runtime.setting_tables import NoticeSettings
from edge.status.checks import CHECKS, Severity
from edge.status.snapshot import ProcessView, Snapshot, Standing

AWAY = (Standing.ABSENT, Standing.STOPPED, Standing.SILENT)


def runs(view: ProcessView) -> bool:
    """Whether a process is at work, in whatever state."""
    return view.standing not in AWAY


def processes(snapshot: Snapshot) -> Answer:
    """Whether the three processes run."""
    away = [view.name for view in snapshot.processes if not runs(view)]
    if away:
        return failure(
            f"Not running: {', '.join(away)}.",
            "Run `sudo systemctl start watchpost-recognise watchpost-report watchpost-status`, or "
            "`watchpost run`; `journalctl -u 'watchpost-*'` tells why one ended.",
        )
    return fine("recognise, report and status run.")


def health(names: tuple[str, ...], snapshot: Snapshot) -> Answer:
    """What the first of these health checks finds; while nothing runs there is little to find."""
    found = next(filter(None, (CHECKS[name](snapshot) for name in names)), None)
    if found is None and not any(runs(view) for view in snapshot.processes):
        return fine("Not known while nothing runs.")
    if found is None:
        return fine("In order.")
    words = " ".join(filter(None, (found.problem or found.headline, found.effect)))
    judged = failure if found.severity is Severity.FAILURE else warning
    return judged(words, found.remedy or "Look at the page's overview.")


def notice(settings: NoticeSettings) -> Answer:
    """Whether passers-by are told who watches and why."""
    missing = [
        f"notice.{name}"
        for name in ("operator", "contact", "purpose")
        if not getattr(settings, name)
    ]
    if missing:
        return warning(
            f"The public notice does not say everything: {', '.join(missing)} not set.",
            "Set them in [notice], and hang up the sign that the page's /notice/sign prints.",
        )
    return fine("The public notice names operator, contact and purpose.")
