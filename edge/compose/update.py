"""What ``watchpost update`` is made of: RAUC, the health of the box, the ledger of both slots."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from edge.compose import box
from edge.compose.observing import make_observer
from edge.install.machine import SystemCommands
from edge.runtime.setting_tables import Settings
from edge.update.fetch import Limits
from edge.update.health import BoxHealth
from edge.update.ledger import Ledger
from edge.update.proof import Proof, Rules
from edge.update.rauc import RaucProgram, Updater
from edge.update.telling import UpdateTeller


def updater() -> Updater:
    """RAUC, as it is installed."""
    return RaucProgram()


def ledger(settings: Settings) -> Ledger:
    """What is known of installations."""
    return Ledger(settings.box.state_dir / "slots.json")


def limits(settings: Settings) -> Limits:
    """What a bundle may cost."""
    return Limits(settings.update.max_bytes, settings.spool.min_free_bytes)


def folder(settings: Settings) -> Path:
    """Where a bundle lies while it is fetched and installed."""
    return settings.box.state_dir / "update"


def rules(settings: Settings) -> Rules:
    """When a new image is kept."""
    wanted = settings.update
    return Rules(wanted.hold.total_seconds(), wanted.within.total_seconds())


def teller(settings: Settings) -> UpdateTeller:
    """Tells the page's process what goes on."""
    return UpdateTeller(settings.box.run_dir, box.clock(settings), os.getpid())


def restart() -> None:
    """Start the machine again.

    Raises:
        ConfigError: systemd refuses, or there is none.
    """
    SystemCommands().run("systemctl", "reboot")


def proof(settings: Settings, tell: Callable[[str], None]) -> Proof:
    """Decides about the slot that runs."""
    clock = box.clock(settings)
    look = make_observer(settings, clock).look
    return Proof(
        updater(),
        ledger(settings),
        BoxHealth(look, clock).problem,
        clock,
        wait=time.sleep,
        restart=restart,
        tell=tell,
    )
