"""Each process's state as a small JSON file in the run folder (RAM), for the page to read.

In and out: :class:`edge.values.ProcessState`. A file that is missing, too large or damaged
reads as None: the page then says that the process has not reported.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from pathlib import Path

from edge.runtime.atomic_file import write_atomically
from edge.values import Condition, ProcessState

MAX_STATE_BYTES = 64 * 1024


def write_state(run_dir: Path, state: ProcessState) -> None:
    """Publish a process's state.

    Raises:
        OSError: the run folder cannot be written.
    """
    document = dataclasses.asdict(state)
    document["started_at"] = state.started_at.isoformat()
    document["updated_at"] = state.updated_at.isoformat()
    data = json.dumps(document, separators=(",", ":")).encode()
    write_atomically(run_dir / f"{state.process}.json", data, durable=False)


def read_state(run_dir: Path, process: str) -> ProcessState | None:
    """Read a process's state, or None when there is none that can be read."""
    try:
        with (run_dir / f"{process}.json").open("rb") as file:
            document = json.loads(file.read(MAX_STATE_BYTES))
        return ProcessState(
            process=str(document["process"]),
            pid=int(document["pid"]),
            started_at=datetime.fromisoformat(document["started_at"]),
            updated_at=datetime.fromisoformat(document["updated_at"]),
            condition=Condition(document["condition"]),
            problem=str(document["problem"]),
            remedy=str(document["remedy"]),
            figures={str(k): float(v) for k, v in document["figures"].items()},
            facts={str(k): str(v) for k, v in document["facts"].items()},
            part=str(document.get("part", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
