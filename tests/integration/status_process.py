"""Runs the page as a process of its own; arguments: state folder, run folder, port, host."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from edge.compose.status import worker
from edge.errors import WatchpostError
from edge.runtime.clock import SystemClock
from edge.runtime.service import Service
from edge.runtime.setting_tables import BoxSettings, ClockSettings, Settings, StatusSettings


def main(state_dir: Path, run_dir: Path, port: int, host: str) -> int:
    settings = Settings(
        box=BoxSettings(id="entrance", site="care-home-7", state_dir=state_dir, run_dir=run_dir),
        status=StatusSettings(host=host, port=port),
        clock=ClockSettings(trust="system"),
    )
    clock = SystemClock(trust_system=True)
    try:
        return Service("status", worker(settings), run_dir, clock).run()
    except WatchpostError as error:
        sys.stderr.write(f"{error.problem}\n{error.remedy}\n")
        return error.exit_code


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
