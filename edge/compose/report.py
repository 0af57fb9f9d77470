"""The ``report`` process: the spool's sending end, the broker, the list's source."""

from __future__ import annotations

import random

from edge.compose import box
from edge.processes.report import ReportWorker
from edge.report.publish import MqttPublisher
from edge.report.spool import SpoolReader
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.watchlist.sources import make_list_source
from edge.watchlist.store import ListStore
from edge.watchlist.sync import Synchroniser


def worker(settings: Settings) -> ReportWorker:
    """The ``report`` process's work."""
    clock = box.clock(settings)
    chance = random.Random()
    store = box.list_store(settings, box.pack(settings))
    who = settings.box

    publisher = MqttPublisher(settings.mqtt, site=who.site, box=who.id, clock=clock, chance=chance)
    return ReportWorker(
        SpoolReader(box.spool_file(settings), clock=clock),
        publisher,
        _synchroniser(settings, store, clock, chance),
        clock,
        site=who.site,
        box=who.id,
        list_version=store.version,
        keep_sent=settings.spool.keep_sent,
        facts={"broker": f"{settings.mqtt.host}:{settings.mqtt.port}"},
    )


def _synchroniser(
    settings: Settings, store: ListStore, clock: Clock, chance: random.Random
) -> Synchroniser | None:
    wanted = settings.watchlist
    if not wanted.source:
        return None
    source = make_list_source(wanted.source, wanted.max_bytes)
    return Synchroniser(source, store, clock, wanted.refresh, chance)
