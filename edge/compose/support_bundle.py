"""The support bundle's parts, gathered from this box."""

from __future__ import annotations

import dataclasses
import platform
import shutil
import subprocess
from collections.abc import Callable
from importlib import metadata
from typing import Any

from edge import __version__
from edge.compose.doctor import observer, questions
from edge.doctor.answer import ask
from edge.doctor.bundle import as_json, files_shown, log_shown, settings_shown, withheld, without
from edge.runtime.setting_tables import Settings
from edge.status.snapshot import ProcessView

_LOG_LINES = "5000"
_JOURNAL_WITHIN_S = 30.0
_LIBRARIES = ("ai-edge-litert", "av", "numkong", "numpy", "opencv-python-headless", "paho-mqtt")


def parts(settings: Settings, log: Callable[[], str]) -> dict[str, bytes]:
    """Every part by its file name.

    Args:
        settings: of this box.
        log: gives the log of the three processes.
    """
    snapshot = observer(settings).look()
    answers = ask(questions(settings))
    gathered = {
        "about.json": as_json(_about()),
        "settings.json": as_json(settings_shown(settings)),
        "doctor.json": as_json({name: dataclasses.asdict(one) for name, one in answers.items()}),
        "processes.json": as_json([_said(view) for view in snapshot.processes]),
        "machine.json": as_json(dataclasses.asdict(snapshot.machine)),
        "hits.json": as_json(dataclasses.asdict(snapshot.counts) if snapshot.counts else None),
        "files.json": as_json(files_shown(settings.box.state_dir)),
        "log.txt": log_shown(log()).encode(),
    }
    private = withheld(settings)
    return {name: without(private, data) for name, data in gathered.items()}


def journal() -> str:
    """What the three units wrote lately; "" where there is no journal."""
    program = shutil.which("journalctl")
    if program is None:
        return ""
    command = [program, "-u", "watchpost-*", "-o", "cat", "-n", _LOG_LINES, "--no-pager"]
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, no shell
            command, capture_output=True, timeout=_JOURNAL_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _about() -> dict[str, Any]:
    return {
        "watchpost": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "kernel": platform.release(),
        "libraries": {name: _version_of(name) for name in _LIBRARIES},
    }


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _said(view: ProcessView) -> dict[str, Any]:
    return {
        "name": view.name,
        "standing": view.standing,
        "age_s": view.age_s,
        "state": dataclasses.asdict(view.state) if view.state else None,
    }
