"""``watchpost support-bundle``: one file for whoever helps, without anything of a person."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.cli.config import add_config_option, settings_of
from edge.doctor.bundle import write_bundle


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "support-bundle",
        help="gather settings, health and logs into one file, without names, faces or templates",
    )
    parser.add_argument("--out", type=Path, help="default: watchpost-support-TIME.tar.gz, here")
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="take the log from a file, such as that of `watchpost run`; default: the journal",
    )
    add_config_option(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    from edge.compose.support_bundle import journal, parts  # camera and models: only here

    named = f"watchpost-support-{datetime.now(UTC):%Y%m%dT%H%M%S}.tar.gz"
    path = args.out or Path(named)
    log_file: Path | None = args.log
    gathered = parts(
        settings, journal if log_file is None else lambda: log_file.read_text(errors="replace")
    )
    write_bundle(path, gathered)
    print(f"{path}: {', '.join(gathered)}.")
    print("It holds no names, pictures or templates. Read it before you give it away.")
    return 0
