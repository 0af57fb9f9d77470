"""The parts of a support bundle that any process of the box can give."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from edge import __version__
from edge.doctor.bundle import as_json, files_shown, log_shown, settings_shown, withheld, without
from edge.runtime.setting_tables import Settings
from edge.status.snapshot import ProcessView, Snapshot

_LIBRARIES = ("ai-edge-litert", "av", "numkong", "numpy", "opencv-python-headless", "paho-mqtt")


def parts(
    settings: Settings, snapshot: Snapshot, log: str, more: Mapping[str, Any]
) -> dict[str, bytes]:
    """Every part by its file name.

    Args:
        settings: of this box.
        snapshot: what the processes say.
        log: of the three processes.
        more: further parts by their names without ``.json``.
    """
    gathered = {
        "about.json": as_json(_about()),
        "settings.json": as_json(settings_shown(settings)),
        **{f"{name}.json": as_json(value) for name, value in more.items()},
        "processes.json": as_json([_said(view) for view in snapshot.processes]),
        "machine.json": as_json(dataclasses.asdict(snapshot.machine)),
        "hits.json": as_json(dataclasses.asdict(snapshot.counts) if snapshot.counts else None),
        "files.json": as_json(files_shown(settings.box.state_dir)),
        "log.txt": log_shown(log).encode(),
    }
    private = withheld(settings)
    return {name: without(private, data) for name, data in gathered.items()}


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
