"""The ``report`` process: the spool's sending end, the broker, the list's source."""

from __future__ import annotations

import random

from edge.compose import box, list_source, lists
from edge.compose.tellers import tellers
from edge.errors import SpoolError, WatchpostError
from edge.processes.broker_trial import BrokerTrial
from edge.processes.delivery import Delivery, Rules
from edge.processes.list_keeper import ListKeeper
from edge.processes.report import ReportWorker, Retention
from edge.processes.review_outbox import ReviewOutbox
from edge.report.publish import MqttPublisher
from edge.report.spool import NoteWriter, SpoolReader
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.runtime.state_file import read_state
from edge.runtime.wish_file import WishFile
from edge.update.telling import update_problem
from edge.watchlist.sync import Synchroniser


def worker(settings: Settings) -> ReportWorker:
    """The ``report`` process's work."""
    clock = box.clock(settings)
    chance = random.Random()
    site, name, path = settings.box.site, settings.box.id, box.spool_file(settings)
    reader = SpoolReader(path, clock=clock)
    publisher = MqttPublisher(settings.mqtt, site=site, box=name, clock=clock, chance=chance)
    return ReportWorker(
        reader,
        NoteWriter(path, box.spool_bounds(settings), site=site, box=name, clock=clock),
        publisher,
        Delivery(reader, publisher, clock, chance, delivery_rules(settings)),
        ListKeeper(
            _synchroniser(settings, clock, chance),
            lists.store(settings).version,
            clock,
            told=list_source.facts(settings).refresh,
        ),
        clock,
        tellers=tellers(settings, clock),
        retention=Retention(settings.spool.keep_sent, settings.spool.keep_evidence),
        elsewhere=lambda: problem_elsewhere(settings),
        reviews=ReviewOutbox(box.page_folder(settings) / "reviews", clock),
        trial=broker_trial(settings, publisher, clock),
        facts={"broker": f"{settings.mqtt.host}:{settings.mqtt.port}"},
    )


def broker_trial(settings: Settings, publisher: MqttPublisher, clock: Clock) -> BrokerTrial:
    """What tries the broker when the page asks."""
    run_dir = settings.box.run_dir
    wishes = WishFile(run_dir / "status" / "broker.json", clock)
    return BrokerTrial(wishes, run_dir / "broker.json", publisher.redial, clock)


def delivery_rules(settings: Settings) -> Rules:
    """How rows are sent."""
    return Rules(
        by_receiver=settings.mqtt.ack == "receiver",
        resend_after=settings.mqtt.resend_after,
        drain_per_s=settings.spool.drain_per_s,
    )


def problem_elsewhere(settings: Settings) -> WatchpostError | None:
    """What is worth telling a receiver though it is not reporting's: no recording, no update."""
    return recording_problem(settings) or update_problem(settings.box.run_dir)


def recording_problem(settings: Settings) -> SpoolError | None:
    """What the recognise process last said, when it was that it cannot record hits."""
    said = read_state(settings.box.run_dir, "recognise")
    if said is None or said.figures.get("recording", 1.0) or not said.problem:
        return None
    return SpoolError(said.problem, said.remedy)


def _synchroniser(settings: Settings, clock: Clock, chance: random.Random) -> Synchroniser | None:
    if not settings.watchlist.source:
        return None
    return list_source.synchroniser(settings, box.pack(settings).ref, clock, chance)
