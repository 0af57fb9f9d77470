"""The ``status`` process: the page over state files and the spool.

It reads what the others write, and writes only to its own two folders.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edge.compose import box, support_parts
from edge.compose.observing import make_observer
from edge.doctor.bundle import packed
from edge.processes.lamp import LEDS, Lamp
from edge.processes.status import StatusWorker, outward_address
from edge.runtime.audit import AuditLog
from edge.runtime.box_name import box_name
from edge.runtime.log_file import newest_lines
from edge.runtime.setting_tables import Settings
from edge.status.access.accounts import Accounts
from edge.status.access.door import Door
from edge.status.access.sessions import Sessions
from edge.status.checks import run_checks
from edge.status.context import PageContext
from edge.status.rendering import Renderer
from edge.status.snapshot import HITS_KEPT, PROCESSES, Observer
from edge.update.telling import is_updating

if TYPE_CHECKING:
    from edge.processes.announcer import Announcer

LOG_LINES = 2000


def worker(settings: Settings) -> StatusWorker:
    """The ``status`` process's work."""
    own = accounts(settings)
    pages = context(settings, own)
    told, shown = announcer(settings), lamp(settings, pages.observer)
    return StatusWorker(settings.status, pages, own, announcer=told, lamp=shown)


def lamp(settings: Settings, observer: Observer) -> Lamp | None:
    """Shows on the board how the box is, where a light is named."""
    if not settings.status.led:
        return None
    run_dir, clock = settings.box.run_dir, box.clock(settings)
    return Lamp(
        LEDS / settings.status.led, observer.look, lambda: is_updating(run_dir, clock.utc())
    )


def announcer(settings: Settings) -> Announcer | None:
    """Tells the local network where the page is; None where nobody there can see it."""
    host = settings.status.host
    if not settings.status.announce or host == "localhost":
        return None
    try:
        listens = ipaddress.ip_address(host)
    except ValueError:  # a name that only this machine's resolver knows the address of
        return None
    if listens.is_loopback or (listens.version == 6 and not listens.is_unspecified):
        return None
    # It costs memory; a page on loopback does not need it.
    from edge.processes.announcer import MdnsAnnouncer

    address = outward_address if listens.is_unspecified else lambda: host
    return MdnsAnnouncer(box_name(), address, box.clock(settings))


def accounts(settings: Settings) -> Accounts:
    """The passwords of the box."""
    return Accounts(folder(settings))


def folder(settings: Settings) -> Path:
    """The one folder that the page writes to and keeps."""
    return settings.box.state_dir / "status"


def context(settings: Settings, own: Accounts) -> PageContext:
    """What every page is made with."""
    clock = box.clock(settings)
    sessions = Sessions(
        clock,
        life_s=settings.status.session_life.total_seconds(),
        idle_s=settings.status.session_idle.total_seconds(),
    )
    log = AuditLog(folder(settings) / "audit.log")
    observer = make_observer(settings, clock, hits=HITS_KEPT, stays_open=True)
    return PageContext(
        observer=observer,
        settings=settings,
        clock=clock,
        door=Door(own, sessions, log, clock),
        renderer=Renderer(),
        secure=settings.status.is_secure,
        state_dir=folder(settings),
        run_dir=settings.box.run_dir / "status",
        support=partial(support_bundle, settings, observer),
    )


def support_bundle(settings: Settings, observer: Observer) -> bytes:
    """The support bundle, as far as the page's process can see."""
    snapshot, run_dir = observer.look(), settings.box.run_dir
    findings = [dataclasses.asdict(one) for one in run_checks(snapshot)]
    log = "\n".join(line for name in PROCESSES for line in newest_lines(run_dir, name, LOG_LINES))
    return packed(support_parts.parts(settings, snapshot, log, {"health": findings}))
