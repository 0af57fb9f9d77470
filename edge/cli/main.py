"""The ``watchpost`` command: collects the groups, runs one, turns errors into exit codes.

Exit codes: 0 done; 1 unexpected; 2 settings or usage; 3 camera; 4 model pack; 5 watchlist;
6 enrolment or register; 7 broker; 8 spool; 9 hub; 130 interrupted. Errors that watchpost
foresees are printed as what is wrong and what to do, without a traceback.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence

from edge import __version__
from edge.errors import WatchpostError

GROUPS = (
    *("demo", "run", "register", "watchlist", "hits", "hub", "fleet"),
    *("config", "models", "eval"),
)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="watchpost",
        description="Recognises, on the camera box itself, only people who consented.",
        epilog="Start with `watchpost demo`. Guides: docs/installer.md, docs/operator.md.",
    )
    parser.add_argument("--version", action="version", version=f"watchpost {__version__}")
    parser.add_argument(
        "--log-level", default="warning", choices=("debug", "info", "warning", "error")
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in GROUPS:
        importlib.import_module(f"edge.cli.{group}").add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    args = build_parser().parse_args(arguments)
    logging.basicConfig(
        level=args.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        return int(args.run(args))
    except WatchpostError as error:
        print(f"watchpost: {error.problem}\n  {error.remedy}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`watchpost hits | head`): end quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
