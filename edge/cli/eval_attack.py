"""``watchpost eval attack``: films of people and of pictures held up, and who passes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.cli.config import add_config_option, pack_of
from edge.compose import eval as composed
from edge.eval.attack import AttackReport, films_in, measure_attacks
from edge.eval.instruments import Progress


def add_parser(commands: Any, make_progress: Callable[[], Progress]) -> None:
    """Add the command."""
    attack = commands.add_parser(
        "attack",
        help="how often a photo or screen held up passes for a person (lists with presence)",
        description="Watches films in DIR/KIND/*.mp4, one presentation each, and counts in the "
        "terms of ISO/IEC 30107-3. Folders bona_fide* hold people before the camera, every other "
        "folder is a species of attack.",
    )
    attack.add_argument("folder", type=Path, metavar="DIR", help="folders of films")
    attack.add_argument(
        "--pack", default="default", help="name of a bundled or installed pack, or its folder"
    )
    add_config_option(attack)
    attack.add_argument("--json", action="store_true", help="print one JSON object")
    attack.set_defaults(run=lambda args: _run(args, make_progress()))


def _run(args: argparse.Namespace, progress: Progress) -> int:
    pack = pack_of(args)
    films = films_in(args.folder)
    instruments = composed.instruments(pack)
    kinds = measure_attacks(instruments, pack.manifest.presence, films, progress)
    report = AttackReport(pack.ref, kinds)
    print(json.dumps(report.as_json()) if args.json else "\n".join(report.lines()))
    return 0
