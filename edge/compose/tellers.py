"""What a box says of itself on retained topics, joined from page checks, spool and list."""

from __future__ import annotations

import logging

from edge import __version__
from edge.compose import box, lists
from edge.errors import ConfigError, WatchlistError
from edge.processes.discovery import HomeAssistantTeller, SilentTeller
from edge.processes.health import HealthTeller
from edge.processes.telling import StatusTeller, Teller
from edge.report.home_assistant import discovery_topic
from edge.report.spool import SpoolView
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.runtime.temperature import temperature_c
from edge.status.hit_log import SpoolHitLog
from edge.status.machine import MachineLook
from edge.status.snapshot import Identity, Observer

log = logging.getLogger(__name__)


def tellers(settings: Settings, clock: Clock) -> list[Teller]:
    """Status, health and, for Home Assistant, the box's description."""
    site, name, path = settings.box.site, settings.box.id, box.spool_file(settings)
    hit_log = SpoolHitLog(SpoolView(path, stays_open=True), path)
    who = Identity(name, site, __version__)
    machine = MachineLook(settings.box.state_dir)
    look = Observer(who, settings.box.run_dir, hit_log, clock, hits=0, machine=machine).look
    found: list[Teller] = [
        StatusTeller(site, name, clock),
        HealthTeller(look, temperature_c, clock),
    ]
    try:
        topic = discovery_topic(settings.home_assistant.prefix, site, name)
    except ConfigError as error:
        if settings.home_assistant.enabled:
            log.warning("%s", error)  # no reason not to watch
        return found
    if not settings.home_assistant.enabled:
        return [*found, SilentTeller(topic)]

    def list_ids() -> tuple[str, ...]:
        return _list_ids(settings)

    described = HomeAssistantTeller(topic, site=site, box=name, version=__version__, lists=list_ids)
    return [*found, described]


def _list_ids(settings: Settings) -> tuple[str, ...]:
    try:
        active = lists.store(settings).active()
    except WatchlistError:  # the list keeper tells
        return ()
    return tuple(one.list_id for one in active.listing().lists) if active else ()
