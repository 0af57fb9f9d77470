"""``watchpost register erasures``: which boxes may still hold a revoked template.

In: the broker's address, and a hub's database if there is one. Out: a line a box. The broker's
retained statuses say which version each box runs; the hub's database what boxes reported of
erasing. A box that was never on the broker is not in the answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from edge.cli import register_commands as run
from edge.cli.hits import add_broker_options, broker_settings
from edge.errors import RegisterError
from edge.register.broker import boxes
from edge.register.erasures import BoxVerdict, Holding, Revocation, judge, revocations

MOST_REPORTS = 100_000


def add_parser(commands: Any, add_folder: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the command to ``watchpost register``."""
    command = commands.add_parser(
        "erasures",
        help="which boxes may still hold the template of a revoked person",
        description="Asks the broker which version each box runs. A box that runs a version "
        "from after the revocation has erased the template from its disk and memory.",
    )
    add_folder(command)
    command.add_argument("id", metavar="PERSON|ENTRY")
    add_broker_options(command)
    command.add_argument(
        "--hub", metavar="URL", help="database of `watchpost hub`, for what boxes reported"
    )
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=run_erasures)


def run_erasures(args: argparse.Namespace) -> int:
    """Print a verdict for each box."""
    settings = broker_settings(args)
    with run.opened(args) as register:
        revoked = revocations(register, args.id)
        verdicts = judge(boxes(settings, register.clock), revoked)
    reports = _reports(args.hub, revoked) if args.hub else []
    if args.json:
        run.print_json(_document(revoked, verdicts, reports))
    else:
        _print(revoked, verdicts, reports)
    return 0


def _reports(address: str, revoked: Sequence[Revocation]) -> list[dict[str, Any]]:
    """What boxes told the hub of erasing these entries."""
    try:
        from edge.hub.database import open_engine, parse_url
        from edge.hub.questions import erasures
    except ImportError as error:
        raise RegisterError(
            "Reading a hub's database needs the extra `hub`.", "pip install 'watchpost[hub]'"
        ) from error
    engine = open_engine(parse_url(address))
    try:
        return [
            dict(answer)
            for one in revoked
            for answer in erasures(engine, limit=MOST_REPORTS, entry=one.entry_id)
        ]
    finally:
        engine.dispose()


def _document(
    revoked: Sequence[Revocation], verdicts: Sequence[BoxVerdict], reports: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "revoked": [
            {
                "entry": one.entry_id,
                "person": one.person_id,
                "revoked_at": one.revoked_at.isoformat(),
                "version": one.version,
            }
            for one in revoked
        ],
        "boxes": [
            {
                "site": one.status.site,
                "box": one.status.box,
                "online": one.status.online,
                "watchlist_version": one.status.watchlist_version,
                "at": one.status.at.isoformat() if one.status.at else None,
                "holding": one.holding.name.lower(),
            }
            for one in verdicts
        ],
        "reports": [
            {
                "site": one["site"],
                "box": one["box"],
                "entry": one["entry"],
                "erased_at": one["erased_at"].isoformat(),
                "watchlist_version": one["watchlist_version"],
            }
            for one in reports
        ],
    }


def _print(
    revoked: Sequence[Revocation], verdicts: Sequence[BoxVerdict], reports: list[dict[str, Any]]
) -> None:
    for one in revoked:
        since = f"published as version {one.version}" if one.version else "NOT published yet"
        print(f"entry {one.entry_id}: revoked {one.revoked_at:%Y-%m-%d %H:%M} UTC, {since}")
    for verdict in verdicts:
        status = verdict.status
        runs = f"version {status.watchlist_version}" if status.watchlist_version else "no version"
        away = "" if status.online else ", offline"
        print(f"{status.site}/{status.box}: {verdict.holding.value} ({runs}{away})")
    for one_report in reports:
        print(
            f"{one_report['site']}/{one_report['box']} reported: erased {one_report['entry']} at "
            f"{one_report['erased_at']:%Y-%m-%d %H:%M} UTC"
        )
    holding = sum(one.holding is not Holding.ERASED for one in verdicts)
    print(f"Boxes: {len(verdicts)}; that may still hold it: {holding}.")
