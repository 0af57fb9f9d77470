"""The ``status`` process: the page over state files and the spool.

It reads what the others write, and writes only to its own two folders.
"""

from __future__ import annotations

from pathlib import Path

from edge import __version__
from edge.compose import box
from edge.processes.status import StatusWorker
from edge.report.spool import SpoolView
from edge.runtime.audit import AuditLog
from edge.runtime.setting_tables import Settings
from edge.status.access.accounts import Accounts
from edge.status.access.door import Door
from edge.status.access.sessions import Sessions
from edge.status.context import PageContext
from edge.status.hit_log import SpoolHitLog
from edge.status.machine import MachineLook
from edge.status.rendering import Renderer
from edge.status.snapshot import Identity, Observer


def worker(settings: Settings) -> StatusWorker:
    """The ``status`` process's work."""
    own = accounts(settings)
    return StatusWorker(settings.status, context(settings, own), own)


def accounts(settings: Settings) -> Accounts:
    """The passwords of the box."""
    return Accounts(folder(settings))


def folder(settings: Settings) -> Path:
    """The one folder that the page writes to and keeps."""
    return settings.box.state_dir / "status"


def context(settings: Settings, own: Accounts) -> PageContext:
    """What every page is made with."""
    spool, clock = box.spool_file(settings), box.clock(settings)
    identity = Identity(box=settings.box.id, site=settings.box.site, version=__version__)
    sessions = Sessions(
        clock,
        life_s=settings.status.session_life.total_seconds(),
        idle_s=settings.status.session_idle.total_seconds(),
    )
    log = AuditLog(folder(settings) / "audit.log")
    hits = SpoolHitLog(SpoolView(spool), spool)
    machine = MachineLook(settings.box.state_dir)
    return PageContext(
        observer=Observer(identity, settings.box.run_dir, hits, clock, machine=machine),
        settings=settings,
        clock=clock,
        door=Door(own, sessions, log, clock),
        renderer=Renderer(),
        secure=settings.status.is_secure,
        state_dir=folder(settings),
        run_dir=settings.box.run_dir / "status",
    )
