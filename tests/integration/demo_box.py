"""The demo's parts as tests use them: one enrolment for all tests, boxes of their own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from edge.compose.register import PackPhotoReader, photo_reader
from edge.demo.box import BoxPlan, DemoBox
from edge.demo.enrolment import SITE, DemoRegister
from edge.demo.truth import clip
from edge.report.messages import ReceivedHit
from edge.report.spool import SpoolView
from edge.report.subscribe import HitSubscriber
from edge.runtime.clock import Clock, SystemClock
from edge.runtime.setting_tables import MqttSettings, Settings

CLOCK = SystemClock(trust_system=True)


class EnrolledSite:
    """A register with people of the demo, and its signed repository.

    Args:
        folder: for both.
        reader: reads photos; loading its models takes a moment, so tests share one.
        keys: whom to enrol.
        clock: the operator's time.
    """

    def __init__(
        self, folder: Path, reader: PackPhotoReader, keys: tuple[str, ...], clock: Clock = CLOCK
    ) -> None:
        from edge.demo.truth import people

        self.operator = DemoRegister(folder / "register", reader, clock)
        chosen = tuple(person for person in people() if person.key in keys)
        self.entries = {d.person.key: d.entry_id for d in self.operator.enrol_all(chosen)}
        self.repository = folder / "repository"
        self.operator.publish(self.repository)

    def keys_of(self, hits: list[ReceivedHit]) -> list[str]:
        """Whose hits these are, in order of their frames."""
        key_of = {entry: key for key, entry in self.entries.items()}
        return [key_of[hit.entry_id] for hit in sorted(hits, key=lambda hit: hit.frame_index)]


def load_reader() -> PackPhotoReader:
    """The default pack's photo reader."""
    return photo_reader(Settings())


def make_box(
    folder: Path,
    site: EnrolledSite,
    *,
    broker_port: int = 1,
    pace: str = "as-fast-as-possible",
    source: str = "",
) -> DemoBox:
    """A box on the clip that trusts the site's list."""
    plan = BoxPlan(
        folder=folder,
        source=source or str(clip().path),
        pace=pace,
        repository=site.repository,
        root=site.operator.root,
        broker_port=broker_port,
        site=SITE,
    )
    return DemoBox(plan)


def recorded(box: DemoBox) -> list[ReceivedHit]:
    """The hits in a box's spool."""
    spool = SpoolView(box.settings.box.state_dir / "spool.db")
    return [one.hit for one in spool.recent(1000)]


def recognise_clip(box: DemoBox) -> list[ReceivedHit]:
    """Play the whole clip through the recognise process alone; what it recorded."""
    box.start("recognise")
    assert box.process is not None
    assert box.process.wait(90) == 0, box.log.read_text()
    return recorded(box)


def subscribe(port: int) -> HitSubscriber:
    """A subscriber that lasts over restarts of the broker."""
    subscriber = HitSubscriber(
        MqttSettings(host="127.0.0.1", port=port),
        clock=CLOCK,
        chance=random.Random(1),
        client_id="test-subscriber",
    )
    subscriber.start()
    assert subscriber.wait_ready(10)
    return subscriber


def collect(
    subscriber: HitSubscriber, enough: Callable[[list[ReceivedHit]], bool]
) -> list[ReceivedHit]:
    """Take hits until there are enough, for at most a minute."""
    hits: list[ReceivedHit] = []
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s and not enough(hits):
        while not subscriber.hits.empty():
            hits.append(subscriber.hits.get())
        time.sleep(0.05)
    return hits
