"""The false-alarm budget as the page sets it.

In: a number. Out: the small file that recognition reads (``processes/budget_choice.py``), which
then counts before the settings'. Always: within its bounds; replaced all or nothing; taking it
back removes the file.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from edge.errors import ConfigError
from edge.runtime.atomic_file import sync_folder, write_atomically

FILE = "budget.json"
LEAST, MOST = 0.001, 10_000.0


def parse_budget(text: str) -> float:
    """A number that somebody typed.

    Raises:
        ConfigError: it is none, or out of its bounds.
    """
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not LEAST <= value <= MOST:
        raise ConfigError(
            f"{text[:20]!r} is no budget: it must be a number from {LEAST} to {MOST:,.0f}.",
            "Type how many false alarms a week you can live with, such as 1 or 0.5.",
        )
    return value


def save_budget(folder: Path, per_week: float) -> None:
    """Set the budget.

    Raises:
        ConfigError: it cannot be written.
    """
    data = json.dumps({"format": 1, "false_alarms_per_week": per_week}).encode()
    try:
        write_atomically(folder / FILE, data)
    except OSError as error:
        raise _unwritable(error) from error


def drop_budget(folder: Path) -> None:
    """Let the settings hold again.

    Raises:
        ConfigError: the file cannot be removed.
    """
    try:
        (folder / FILE).unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> ConfigError:
    return ConfigError(
        f"The budget cannot be written ({error.strerror}).",
        "Free some space on the box and set it again; the old budget stays.",
    )
