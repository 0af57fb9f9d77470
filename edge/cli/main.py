"""The ``watchpost`` command: collects the groups, runs one, turns errors into exit codes.

Exit codes: 0 done; 1 unexpected; 2 settings or usage; 3 camera; 4 model pack; 5 watchlist;
6 enrolment or register; 7 broker; 8 spool; 9 hub; 10 update; 130 interrupted. Errors that watchpost
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

# Each command and the module that knows it.
COMMANDS = {
    **{name: name for name in ("demo", "register", "watchlist", "hits", "hub", "fleet")},
    **{name: name for name in ("config", "models", "eval", "doctor", "bench")},
    **dict.fromkeys(("run", "recognise", "report", "status"), "run"),
    "support-bundle": "support_bundle",
    **{"install": "install", "uninstall": "install", "provision": "provision"},
    "update": "update",
}
_WITH_VALUE = ("--log-level",)


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """The command line.

    Args:
        command: the one command that is asked for, so that no other's code is loaded: a box
            starts its processes with it. Anything else: all of them.
    """
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
    wanted = [COMMANDS[command]] if command in COMMANDS else dict.fromkeys(COMMANDS.values())
    for module in wanted:
        importlib.import_module(f"edge.cli.{module}").add_parser(subparsers)
    return parser


def command_of(arguments: Sequence[str]) -> str:
    """The first argument that is no option of ``watchpost`` itself; "" when there is none."""
    rest = iter(arguments)
    for word in rest:
        if not word.startswith("-"):
            return word
        if word in _WITH_VALUE:
            next(rest, None)
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    args = build_parser(command_of(given)).parse_args(given)
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
