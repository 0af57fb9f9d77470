"""Measures this board: joins the measurements of ``edge/bench`` and says what ran."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge import __version__
from edge.bench import energy, engines, memory, pipeline, searching, spool, stages
from edge.bench.board import board
from edge.compose import box
from edge.errors import ConfigError
from edge.status.machine import MachineLook

PACK = "default"
PARTS = ("engines", "clip", "crowd", "search", "energy", "memory", "store")


def measure(folder: Path | None, tell: Callable[[str], None], *, quick: bool) -> dict[str, Any]:
    """Everything that can be told of recognition on this board.

    Args:
        folder: on the disk whose flushes count; None: where temporary files go.
        tell: called with the name of each of :data:`PARTS` when it is done.
        quick: a tenth of the turns.

    Raises:
        PackError: the default pack is not usable.
        ConfigError: the folder is none, or cannot be written.
    """
    if folder is not None and not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            f"{folder} is no folder that can be written.",
            "Name one on the disk that keeps hits with --folder; see who you are with `id`.",
        )
    look = MachineLook(folder or Path(tempfile.gettempdir()))
    pack, turns = box.load(PACK), 1 if quick else 10
    before, load = look(), os.getloadavg()[0]
    began_at, began_s = datetime.now(UTC), time.monotonic()
    parts: tuple[Callable[[], dict[str, float]], ...] = (
        lambda: engines.measure(pack, 6 * turns),
        lambda: stages.measure([PACK], min(3, turns))[PACK],
        lambda: pipeline.measure(10 * turns),
        lambda: searching.measure(100_000, 3 * turns),
        lambda: energy.measure(15 * turns),
        memory.measure,
        lambda: _stored(folder, turns),
    )
    found: dict[str, Any] = {}
    for name, part in zip(PARTS, parts, strict=True):
        found[name] = part()
        tell(name)
    after = look()
    return {
        "watchpost": __version__,
        "pack": f"{pack.manifest.pack.id} {pack.manifest.pack.version}",
        "runtime": engines.runtime(),
        "board": dataclasses.asdict(board()),
        "began_at": began_at.isoformat(timespec="seconds"),
        "took_s": round(time.monotonic() - began_s, 1),
        "quick": quick,
        "load_before": load,
        "temperature_before_c": before.temperature_c,
        "temperature_after_c": after.temperature_c,
        "throttled": after.throttled,
        **found,
    }


def _stored(folder: Path | None, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        return spool.measure(Path(place), rounds)
