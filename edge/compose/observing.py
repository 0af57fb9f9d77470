"""A look at the box, as its page, its doctor, its health messages and an update have it."""

from __future__ import annotations

from edge import __version__
from edge.compose import box
from edge.report.spool import SpoolView
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.status.hit_log import SpoolHitLog
from edge.status.machine import MachineLook
from edge.status.snapshot import Identity, Observer


def make_observer(
    settings: Settings, clock: Clock, *, hits: int = 0, stays_open: bool = False
) -> Observer:
    """What looks at the processes, the spool and the machine.

    Args:
        settings: say where they are.
        clock: time.
        hits: how many of the newest hits are looked up.
        stays_open: for processes that look again and again.
    """
    path, who = box.spool_file(settings), settings.box
    hit_log = SpoolHitLog(SpoolView(path, stays_open=stays_open), path)
    identity = Identity(who.id, who.site, __version__)
    machine = MachineLook(who.state_dir)
    return Observer(identity, who.run_dir, hit_log, clock, hits=hits, machine=machine)
