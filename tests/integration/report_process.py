"""Runs the report worker as a process of its own; arguments: spool, run folder, port."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from edge.runtime.service import Service
from tests.integration.delivery import CLOCK, make_worker, settings_for

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    spool, run_dir, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    worker = make_worker(spool, settings_for(port))
    sys.exit(Service("report", worker, run_dir, CLOCK).run())
