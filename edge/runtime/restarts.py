"""Turns a crash loop into a degraded mode: counts how often a process has started lately.

In: a small file in the run folder (RAM), the steady clock. Out: how long to wait before the work
is begun. Always: a file that is missing, damaged or from before a restart of the machine counts
as no start at all, so that this can never keep a healthy box from starting.
"""

from __future__ import annotations

import json
from pathlib import Path

from edge.runtime.atomic_file import write_atomically

MAX_STARTS = 5
WINDOW_S = 120.0
CALM_S = 30.0
_MAX_FILE_BYTES = 4096


class Restarts:
    """The starts of one process.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, now_s: float) -> float:
        """Count this start.

        Args:
            now_s: steady time since the machine started, seconds.

        Returns:
            Seconds to wait before the work begins: 0 as long as there were at most
            ``MAX_STARTS`` starts within ``WINDOW_S``, then ``CALM_S``.
        """
        lately = [one for one in self._load() if now_s - WINDOW_S < one <= now_s]
        lately = [*lately, now_s][-2 * MAX_STARTS :]
        self._save(lately)
        return CALM_S if len(lately) > MAX_STARTS else 0.0

    def forget(self) -> None:
        """An end that was wanted: what came before says nothing of the next start."""
        self._path.unlink(missing_ok=True)

    def _load(self) -> list[float]:
        try:
            with self._path.open("rb") as file:
                return [float(one) for one in json.loads(file.read(_MAX_FILE_BYTES))]
        except (OSError, ValueError, TypeError):
            return []

    def _save(self, starts: list[float]) -> None:
        try:
            write_atomically(self._path, json.dumps(starts).encode(), durable=False)
        except OSError:
            return  # the state file, written beside, tells of a folder that cannot be written
