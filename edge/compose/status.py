"""The ``status`` process: the page over state files and the spool, read only."""

from __future__ import annotations

from edge.compose import box
from edge.processes.status import StatusWorker
from edge.report.spool import SpoolView
from edge.runtime.setting_tables import Settings
from edge.status.hit_log import SpoolHitLog


def worker(settings: Settings) -> StatusWorker:
    """The ``status`` process's work."""
    path = box.spool_file(settings)
    return StatusWorker(settings, SpoolHitLog(SpoolView(path), path), box.clock(settings))
