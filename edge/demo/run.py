"""The demo from beginning to end: enrol, publish, run a box, receive, compare.

Everything is real: the models, the signed list, the three processes, the broker, the
subscriber. Only the people are rendered. All files lie in a temporary folder that is removed
at the end.
"""

from __future__ import annotations

import queue
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from edge.compose.register import photo_reader
from edge.demo.box import BoxPlan, DemoBox
from edge.demo.broker import start_broker
from edge.demo.enrolment import SITE, DemoRegister, Enrolled
from edge.demo.scoring import Score, score
from edge.demo.truth import Clip, DemoPerson, clip, people
from edge.errors import WatchpostError
from edge.report.messages import ReceivedHit
from edge.report.subscribe import HitSubscriber
from edge.runtime.clock import Clock, SystemClock
from edge.runtime.setting_tables import MqttSettings, PackSettings, Settings
from edge.values import ProcessState

WITHIN_S = 240.0


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo found.

    Attributes:
        score: hits against the truth.
        state: the last state of the ``recognise`` process.
        seconds: how long the clip took to be processed.
    """

    score: Score
    state: ProcessState
    seconds: float

    def summary(self) -> dict[str, float | int]:
        """The last line of ``--json``."""
        frames = int(self.state.figures.get("frames_total", 0))
        return {
            "expected": len(self.score.expected),
            "hits": len(self.score.got) + len(self.score.false),
            "missed": len(self.score.missed),
            "false": len(self.score.false),
            "frames": frames,
            "fps": round(frames / max(self.seconds, 1e-6), 1),
        }


class Demo:
    """One run of the demo.

    Args:
        pack: which models.
        pace: "as-fast-as-possible", or "real-time" to watch it happen.
        within_s: how long the box may take for the clip, seconds.
    """

    def __init__(
        self,
        pack: str = "default",
        pace: str = "as-fast-as-possible",
        within_s: float = WITHIN_S,
    ) -> None:
        self._pack = pack
        self._pace = pace
        self._within_s = within_s
        self._open = ExitStack()
        self._clock: Clock = SystemClock(trust_system=True)
        self.people: tuple[DemoPerson, ...] = people()
        self.clip: Clip = clip()
        self.entries: dict[str, str] = {}
        self._hits: list[ReceivedHit] = []

    def __enter__(self) -> Demo:
        """Make the temporary folder."""
        name = self._open.enter_context(tempfile.TemporaryDirectory(prefix="watchpost-demo-"))
        self.folder = Path(name)
        return self

    def __exit__(self, *reason: object) -> None:
        """Stop everything that was started, last first."""
        self._open.close()

    def enrol(self) -> Iterator[Enrolled]:
        """Enrol everybody who is to be enrolled; yields each as it is done."""
        settings = Settings(pack=PackSettings(name=self._pack))
        self._register = DemoRegister(self.folder / "register", photo_reader(settings), self._clock)
        self._open.callback(self._register.register.close)
        for done in self._register.enrol_all(tuple(p for p in self.people if p.enrolled)):
            self.entries[done.entry_id] = done.person.key
            yield done

    def publish(self) -> int:
        """Sign and write the repository; returns how many people are on the list."""
        return self._register.publish(self.folder / "repository").entries

    def start_broker(self) -> str:
        """Start broker and subscriber; returns the broker's name and port."""
        broker = start_broker(self.folder)
        self._open.callback(broker.stop)
        self._port = broker.port
        self._subscriber = HitSubscriber(
            MqttSettings(host="127.0.0.1", port=broker.port),
            clock=self._clock,
            chance=random.Random(),
            site=SITE,
        )
        self._subscriber.start()
        self._open.callback(self._subscriber.stop)
        if not self._subscriber.wait_ready(20):
            raise self._subscriber.problem or WatchpostError(
                "The demo's subscriber got no answer.", "Try again."
            )
        return f"{broker.name} on 127.0.0.1:{broker.port}"

    def start_box(self) -> str:
        """Bring the list to the box and start it; returns the page's address."""
        self.box = DemoBox(
            BoxPlan(
                folder=self.folder / "box",
                source=str(self.clip.path),
                pace=self._pace,
                repository=self.folder / "repository",
                root=self._register.root,
                broker_port=self._port,
                site=SITE,
                pack=self._pack,
            )
        )
        self._sync()
        self._begin_s = time.monotonic()
        self.box.start()
        self._open.callback(self.box.stop)
        while not self._late():
            page = self.box.state("status")
            if page is not None and page.facts.get("address"):
                return page.facts["address"]
            time.sleep(0.05)
        return "(the page did not start)"

    def hits(self) -> Iterator[ReceivedHit]:
        """Hits as they come over MQTT, until the clip has ended and all have arrived."""
        ended_s: float | None = None
        while not self._late():
            try:
                hit = self._subscriber.hits.get(timeout=0.1)
            except queue.Empty:
                if ended_s is None and self.box.finished():
                    ended_s = time.monotonic()
                state = self.box.state("recognise")
                wanted = int(state.figures.get("hits_total", 0)) if state else 0
                if ended_s is not None and len(self._hits) >= wanted:
                    return
            else:
                self._hits.append(hit)
                yield hit

    def result(self) -> DemoResult:
        """Compare what came with what should have come.

        Raises:
            WatchpostError: the box did not get to the clip's end in time.
        """
        state = self.box.state("recognise")
        if state is None or not self.box.finished():
            raise WatchpostError(
                f"The box did not finish the clip within {self._within_s:.0f} s.",
                f"Its log says: {self.box.log.read_text()[-500:]}",
            )
        return DemoResult(
            score(self._hits, self.entries, self.clip.appearances),
            state,
            state.figures.get("recognising_s", 0.0),
        )

    def name_of(self, key: str) -> str:
        """A person's invented name."""
        return next(person.name for person in self.people if person.key == key)

    def _sync(self) -> None:
        subprocess.run(  # noqa: S603 - our own program, no shell
            [
                sys.executable,
                "-m",
                "edge.cli.main",
                "watchlist",
                "sync",
                "--config",
                str(self.box.config),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _late(self) -> bool:
        return time.monotonic() - getattr(self, "_begin_s", time.monotonic()) > self._within_s
