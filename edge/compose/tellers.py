"""What a box says of itself on retained topics, joined from page checks, spool and list."""

from __future__ import annotations

import logging

from edge import __version__
from edge.compose import lists
from edge.compose.observing import make_observer
from edge.errors import ConfigError, WatchlistError
from edge.processes.discovery import HomeAssistantTeller, SilentTeller
from edge.processes.health import HealthTeller
from edge.processes.telling import StatusTeller, Teller
from edge.report.home_assistant import discovery_topic
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.runtime.temperature import temperature_c

log = logging.getLogger(__name__)


def tellers(settings: Settings, clock: Clock) -> list[Teller]:
    """Status, health and, for Home Assistant, the box's description."""
    site, name = settings.box.site, settings.box.id
    look = make_observer(settings, clock, stays_open=True).look
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
