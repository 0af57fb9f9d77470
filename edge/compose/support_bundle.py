"""The support bundle's parts as ``watchpost support-bundle`` gathers them, with the doctor's."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Callable

from edge.compose import box, support_parts
from edge.compose.doctor import questions
from edge.compose.observing import make_observer
from edge.doctor.answer import ask
from edge.runtime.setting_tables import Settings

_LOG_LINES = "5000"
_JOURNAL_WITHIN_S = 30.0


def parts(settings: Settings, log: Callable[[], str]) -> dict[str, bytes]:
    """Every part by its file name.

    Args:
        settings: of this box.
        log: gives the log of the three processes.
    """
    snapshot = make_observer(settings, box.clock(settings)).look()
    answers = ask(questions(settings))
    told = {name: dataclasses.asdict(one) for name, one in answers.items()}
    return support_parts.parts(settings, snapshot, log(), {"doctor": told})


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
