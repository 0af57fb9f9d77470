"""The doctor's questions, joined to the box: the same adapters as the processes use.

A part that a running process holds (camera, broker) is not opened a second time: what the process
says of it counts. Nothing is changed: lists are looked at in a folder that is thrown away.
"""

from __future__ import annotations

import random
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from edge.capture.open_source import make_source
from edge.compose import box, list_source
from edge.compose.observing import make_observer
from edge.doctor import host, service
from edge.doctor.answer import Answer, Question, failure, fine, warning
from edge.report.link import BrokerLink
from edge.runtime.setting_tables import CameraSettings, Settings
from edge.status.checks import CHECKS
from edge.status.machine import MachineLook
from edge.status.snapshot import Snapshot
from edge.watchlist.repository import checked_root

BROKER_WITHIN_S = 10.0
PAGE_WITHIN_S = 5.0
_TURN_S = 0.05
_BOOTED = Path("/run/systemd/system")
# The page's checks whose matter has a question of its own here.
_ASKED_ELSEWHERE = {
    *("recogniser", "reporter", "camera", "frames", "broker", "clock"),
    *("disk", "heat", "power", "memory", "page"),
}


def questions(settings: Settings) -> list[tuple[str, Question]]:
    """Every question, in the order in which an installer should look at the answers."""
    look = make_observer(settings, box.clock(settings)).look
    machine = MachineLook(settings.box.state_dir)
    state, run = settings.box.state_dir, settings.box.run_dir
    cameras = settings.all_cameras
    asked: list[tuple[str, Question]] = [
        ("state folder", partial(host.writable, state)),
        ("run folder", partial(host.in_memory, run)),
        ("disk", lambda: host.room(machine())),
        ("clock", lambda: host.clock(box.clock(settings))),
        ("heat", lambda: host.heat(machine())),
        ("memory", lambda: host.memory(machine())),
        ("pack", lambda: _pack(settings)),
        *((_named(one, settings), partial(_camera, settings, one, look)) for one in cameras),
        ("root", lambda: _root(settings)),
        ("repository", lambda: _repository(settings)),
        ("broker", lambda: _broker(settings, look())),
        ("units", lambda: host.units(host.UNIT_FOLDERS, _BOOTED.is_dir())),
        ("processes", lambda: service.processes(look())),
        ("page", lambda: _page(look())),
        ("notice", lambda: service.notice(settings.notice)),
    ]
    return asked + [
        (name, partial(_health, name, look)) for name in CHECKS if name not in _ASKED_ELSEWHERE
    ]


def _health(name: str, look: Callable[[], Snapshot]) -> Answer:
    return service.health((name,), look())


def _pack(settings: Settings) -> Answer:
    return fine(f"{box.pack(settings).ref} is whole.")


def _named(camera: CameraSettings, settings: Settings) -> str:
    return "camera" if len(settings.all_cameras) == 1 else f"camera {camera.name}"


def _camera(settings: Settings, camera: CameraSettings, look: Callable[[], Snapshot]) -> Answer:
    snapshot = look()
    if service.runs(snapshot.recognise):
        rate = snapshot.recognise.figure("frames_per_s") or 0.0
        state = snapshot.recognise.state
        if rate > 0 and state is not None and not state.problem:
            return fine(f"recognise takes {rate:.1f} frames a second.")
        return service.health(("recogniser", "camera"), snapshot)
    source = make_source(camera, box.clock(settings))
    try:
        source.open()
        frame = source.read()
        if frame is None:
            return failure(
                "The camera gave no picture.", "Check camera.source and what it stands for."
            )
        height, width = frame.y.shape
        source.release(frame)
    finally:
        source.close()
    return fine(f"The camera gives pictures of {width} x {height}.")


def _root(settings: Settings) -> Answer:
    if not settings.watchlist.source:
        return warning(
            "watchlist.source is not set: nobody can be recognised.",
            "Set it to the repository that `watchpost register publish` writes.",
        )
    checked_root(settings.watchlist.root)
    return fine(f"{settings.watchlist.root} is the root of a register.")


def _repository(settings: Settings) -> Answer:
    if not settings.watchlist.source:
        return fine("None is set.")
    with tempfile.TemporaryDirectory() as folder:
        repository = list_source.repository(settings, Path(folder))
        manifest = repository.look(box.clock(settings).utc()).manifest()
    people = sum(segment.entries for segment in manifest.segments)
    return fine(f"It offers version {manifest.version} with {people} entries.")


def _broker(settings: Settings, snapshot: Snapshot) -> Answer:
    where = f"{settings.mqtt.host}:{settings.mqtt.port}"
    if service.runs(snapshot.report) and snapshot.report.figure("connected"):
        return fine(f"report is connected to {where}.")
    link = BrokerLink(
        settings.mqtt,
        f"watchpost-{settings.box.site}-{settings.box.id}-doctor",
        dress=lambda client: None,
        session_s=0,
        clock=box.clock(settings),
        chance=random.Random(),
    )
    try:
        until_s = time.monotonic() + BROKER_WITHIN_S
        while link.client is None and link.problem is None and time.monotonic() < until_s:
            link.turn(_TURN_S)
        if link.client is not None:
            return fine(f"{where} takes this box.")
        if link.problem is not None:
            raise link.problem
    finally:
        link.close()
    return failure(
        f"{where} does not answer within {BROKER_WITHIN_S:g} s.", "Check the network and mqtt.host."
    )


def _page(snapshot: Snapshot) -> Answer:
    address = snapshot.status.fact("address") if service.runs(snapshot.status) else None
    if not address:
        return failure("The page is not served.", "Start watchpost-status, or `watchpost run`.")
    parts = urlsplit(address)
    try:
        _greet(parts.hostname or "", parts.port or 0, secure=parts.scheme == "https")
    except OSError as error:
        return failure(
            f"The page at {address} does not answer ({error}).",
            "Check status.host, and that no firewall is in the way (`nft list ruleset`).",
        )
    return fine(f"The page answers at {address}.")


def _greet(host_name: str, port: int, *, secure: bool) -> None:
    """Connect as a browser does; whose certificate it is, is the installer's to compare."""
    with socket.create_connection((host_name, port), PAGE_WITHIN_S) as plain:
        if not secure:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=host_name):
            return
