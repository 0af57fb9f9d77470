"""``watchpost bench``: what recognition costs on this board, as a sheet to share."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from edge.cli.progress import ProgressBar


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "bench", help="measure this board: a sheet to share, with nothing of the box's in it"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the sheet")
    parser.add_argument("--quick", action="store_true", help="a tenth of the turns")
    parser.add_argument(
        "--folder", type=Path, help="on the disk that keeps hits; default: temporary files'"
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from edge.bench.sheet import sheet
    from edge.compose.bench import PARTS, measure

    progress = ProgressBar(len(PARTS), sys.stderr)
    found = measure(args.folder, progress.step, quick=args.quick)
    progress.end()
    print(json.dumps(found, indent=2) if args.json else sheet(found))
    return 0
