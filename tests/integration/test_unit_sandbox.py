"""The real programs, in the sandboxes that their units describe, do their work, and no more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.demo.box import BoxPlan
from edge.demo.enrolment import SITE
from edge.demo.truth import clip, people
from edge.report.messages import ReceivedHit
from edge.report.spool import SpoolView
from edge.runtime.state_file import read_state
from edge.update.rauc import RaucProgram
from edge.values import Condition
from tests.fakes.rauc import FakeRauc
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.demo_box import EnrolledSite, collect, load_reader, subscribe
from tests.integration.test_update_command import Frames
from tests.integration.unit_sandbox import SandboxedBox, Unit, needs_root

pytestmark = [needs_root, pytest.mark.slow]


def wait_until(condition: Callable[[], object], box: SandboxedBox, timeout_s: float = 60) -> None:
    until_s = time.monotonic() + timeout_s
    while not condition():
        logs = [box.log(name) for name in box.users]
        said = "\n".join(log.read_text()[-3000:] for log in logs if log.exists())
        assert box.alive(), said
        assert time.monotonic() < until_s, f"it did not come about in time\n{said}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> EnrolledSite:
    keys = tuple(person.key for person in people() if person.enrolled)
    return EnrolledSite(tmp_path_factory.mktemp("site"), load_reader(), keys)


@pytest.fixture
def box(tmp_path: Path, site: EnrolledSite, broker: Mosquitto) -> Iterator[SandboxedBox]:
    plan = BoxPlan(
        folder=tmp_path,
        source=str(clip().path),
        pace="as-fast-as-possible",
        repository=site.repository,
        root=site.operator.root,
        broker_port=broker.port,
        site=SITE,
    )
    toml = plan.toml().replace('"state"', '"/var/lib/watchpost"')
    toml = toml.replace('"run"', '"/run/watchpost"')
    for path in (site.repository, site.operator.root):  # readable by the boxes' users
        subprocess.run(["chmod", "-R", "a+rX", path], check=True)
    one = SandboxedBox(tmp_path, toml, [site.repository, site.operator.root])
    yield one
    one.stop()


def hits_of(box: SandboxedBox) -> list[ReceivedHit]:
    return [one.hit for one in SpoolView(box.state / "spool.db").recent(1000)]


def says(box: SandboxedBox, name: str, figure: str) -> float:
    state = read_state(box.run_dir, name)
    return state.figures.get(figure, 0.0) if state else 0.0


def finished(box: SandboxedBox) -> bool:
    state = read_state(box.run_dir, "recognise")
    return state is not None and state.condition is Condition.STOPPED


@needs_mosquitto
def test_the_three_programs_work_in_their_units_sandboxes(
    box: SandboxedBox, site: EnrolledSite, broker: Mosquitto
) -> None:
    subscriber = subscribe(broker.port)
    try:
        box.start("report")
        wait_until(lambda: says(box, "report", "watchlist_version"), box)
        box.start("recognise")
        box.start("status")
        wait_until(lambda: finished(box), box)
        assert box.wait("recognise", 30) == 0
        recorded = hits_of(box)
        assert site.keys_of(recorded) == [
            walk.key for walk in clip().appearances if walk.key in site.entries
        ]
        arrived = collect(subscriber, lambda got: len(got) >= len(recorded))
        assert {hit.hit_id for hit in arrived} == {hit.hit_id for hit in recorded}
        wait_until(lambda: (s := read_state(box.run_dir, "status")) and s.facts["address"], box)
        assert says(box, "recognise", "lost_hits_total") == 0
    finally:
        subscriber.stop()


REACH = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)
except OSError as error:
    print("refused", error)
else:
    print("reached")
"""
WRITE = """
import sys
try:
    open(sys.argv[1], "ab").close()
except OSError as error:
    print("refused", error)
else:
    print("written")
"""


def try_in(box: SandboxedBox, name: str, program: str, argument: object) -> str:
    box.log(name).write_text("")
    ran = box.start_program(Unit(name), [sys.executable, "-c", program, str(argument)])
    ran.wait(90)
    return box.log(name).read_text()


def test_recognise_cannot_reach_a_network_and_report_can(
    box: SandboxedBox, broker: Mosquitto
) -> None:
    assert "refused" in try_in(box, "recognise", REACH, broker.port)
    assert "reached" in try_in(box, "report", REACH, broker.port)


@pytest.mark.parametrize(
    ("name", "path", "may"),
    [
        ("status", "/var/lib/watchpost/spool.db", False),
        ("status", "/var/lib/watchpost/status/reviews/x.json", True),
        ("status", "/run/watchpost/status/preview.camera-1.wanted", True),
        ("status", "/run/watchpost/recognise.json", False),
        ("status", "/var/lib/watchpost/watchlist/active.sealed", False),
        ("report", "/var/lib/watchpost/spool.db", True),
        ("report", "/var/lib/watchpost/watchlist/active.sealed", True),
        ("report", "/var/lib/watchpost/status/users.json", False),
        ("recognise", "/var/lib/watchpost/spool.db", True),
        ("recognise", "/var/lib/watchpost/watchlist/active.sealed", False),
        ("recognise", "/var/lib/watchpost/status/users.json", False),
        ("recognise", "/etc/watchpost/watchpost.toml", False),
        ("recognise", "/usr/lib/os-release", False),
        ("update", "/var/lib/watchpost/slots.json", True),
        ("update", "/run/watchpost/update.json", True),
        ("update", "/var/lib/watchpost/watchlist/active.sealed", False),
        ("update", "/etc/watchpost/watchpost.toml", False),
    ],
)
def test_each_process_may_write_its_own_and_nothing_else(
    box: SandboxedBox, name: str, path: str, may: bool
) -> None:
    for file, owner in (("spool.db", "recognise"), ("status/users.json", "status")):
        one = box.state / file
        one.touch()
        os.chown(one, box.users[owner], one.parent.stat().st_gid)
        one.chmod(0o660 if file == "spool.db" else 0o600)
    state = box.run_dir / "recognise.json"
    state.touch(0o640)
    os.chown(state, box.users["recognise"], state.parent.stat().st_gid)
    assert try_in(box, name, WRITE, path).startswith("written" if may else "refused")


def test_no_process_may_load_code_that_it_wrote_itself(box: SandboxedBox) -> None:
    program = "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)"
    for name in box.users:
        assert "PermissionError" in try_in(box, name, program, "")


PIPELINE = """
from edge.capture.gstreamer import GStreamerSource
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import CameraSettings
settings = CameraSettings(source="gst://videotestsrc is-live=true", open_timeout="60s")
source = GStreamerSource(settings, SystemClock(trust_system=True))
source.open()
print("picture of", source.read().y.shape)
source.close()
"""


@pytest.mark.skipif(not shutil.which("gst-launch-1.0"), reason="apt install gstreamer1.0-tools")
def test_a_pipeline_of_gstreamer_runs_in_the_recognisers_sandbox(box: SandboxedBox) -> None:
    assert "picture of (720, 1280)" in try_in(box, "recognise", PIPELINE, "")


ANNOUNCE = """
import socket, sys
from edge.processes.announcer import MdnsAnnouncer
from edge.runtime.clock import SystemClock
one = MdnsAnnouncer("watchpost-sandbox", lambda: sys.argv[1], SystemClock(trust_system=True))
one.look_around(8087, secure=True)
print("announced as", one.name)
one.close()
"""


def test_the_page_may_tell_the_network_its_name_from_its_sandbox(box: SandboxedBox) -> None:
    assert "announced as watchpost-sandbox" in try_in(box, "status", ANNOUNCE, "127.0.0.1")


def test_a_new_image_is_proven_from_the_units_sandbox(box: SandboxedBox) -> None:
    # RAUC is a service elsewhere: its stand-in keeps its world where the unit may write.
    rauc = FakeRauc(box.state / "rauc")
    RaucProgram(str(rauc.program)).install(rauc.bundle("2026.12"), lambda line: None)
    rauc.restart()
    script = rauc.program.read_text()
    rauc.program.write_text(script.replace(str(box.state), "/var/lib/watchpost"))
    frames = Frames(box.run_dir)
    frames.start()
    try:
        path = f"/var/lib/watchpost/rauc/bin:{os.environ['PATH']}"
        box.start("update", PATH=path, WATCHPOST_UPDATE__HOLD="1s")
        code = box.wait("update", 120)
    finally:
        frames.stop()
    assert (code, box.log("update").read_text()) == (0, "The running image: proven.\n")
    assert rauc.world()["slots"]["rootfs.1"]["boot_status"] == "good"
