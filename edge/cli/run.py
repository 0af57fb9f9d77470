"""``watchpost run`` and the three processes it starts: ``recognise``, ``report``, ``status``."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import time
from collections.abc import Callable
from typing import Any

from edge.cli.config import add_config_option, settings_of, settings_path
from edge.cli.status_access import add_commands
from edge.compose import box
from edge.processes.supervisor import PROCESSES, Supervisor
from edge.runtime.log_file import keep_newest_lines
from edge.runtime.notify import starter_of
from edge.runtime.service import Service, Worker


def add_parser(subparsers: Any) -> None:
    """Add the commands to the command line."""
    run = subparsers.add_parser("run", help="run the whole box in the foreground")
    add_config_option(run)
    run.set_defaults(run=_run_all)
    texts = {
        "recognise": "run only recognition: camera to spool, no network",
        "report": "run only reporting: spool to broker, watchlist sync",
        "status": "run only the local status page",
    }
    for name in PROCESSES:
        one = subparsers.add_parser(name, help=texts[name])
        add_config_option(one)
        one.set_defaults(run=_one_of(name))
        if name == "status":
            add_commands(one)


def _run_all(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    box.check(settings)
    box.make_folders(settings)
    path = settings_path(args)
    arguments = ["--config", str(path)] if path else []
    return Supervisor(arguments, time.monotonic).run()


def _one_of(name: str) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        settings = settings_of(args)
        box.make_folders(settings)
        if handler := keep_newest_lines(settings.box.run_dir, name):
            logging.getLogger().addHandler(handler)
        # Only this process's adapters are imported: the others' are not its business.
        composed = importlib.import_module(f"edge.compose.{name}")
        worker: Worker = composed.worker(settings)
        starter = starter_of(os.environ)
        return Service(name, worker, settings.box.run_dir, box.clock(settings), starter).run()

    return run
