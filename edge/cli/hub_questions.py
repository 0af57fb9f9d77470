"""``watchpost hub gaps|hits|boxes|erasures|erase``: what a hub's database holds and owes.

In: options. Out: a line for each answer, in words or as JSON with ``--json``. Always: bounded by
``--limit``; an erasure is written to the audit log before it is done.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from edge.cli import hub
from edge.errors import ConfigError, HubError
from edge.runtime.audit import AuditLine, AuditLog

Add = Callable[[Any, str, str], argparse.ArgumentParser]
AUDIT_FILE = "audit.log"
MAX_ENTRY = 256


def add_commands(commands: Any, add: Add) -> None:
    """Add the commands to ``watchpost hub``.

    Args:
        commands: where they go.
        add: makes one with the options that all have.
    """
    gaps = _question(add(commands, "gaps", "which box owes which numbers"), _gaps)
    gaps.add_argument("--site", help="only this site")
    gaps.add_argument("--box", help="only this box")
    hits = _question(add(commands, "hits", "hits in the database, newest first"), _hits)
    hits.add_argument("--site", help="only this site")
    hits.add_argument("--box", help="only this box")
    hits.add_argument("--list", dest="list_id", metavar="LIST", help="only this list")
    hits.add_argument("--entry", help="only this entry")
    hits.add_argument("--since", type=_moment, metavar="TIME", help="ISO 8601, such as 2026-03-01")
    _question(add(commands, "boxes", "the fleet as it last told about itself"), _boxes)
    erasures = _question(add(commands, "erasures", "which box has erased which entry"), _erasures)
    erasures.add_argument("--entry", help="only this entry")
    erase = add(commands, "erase", "delete an entry's hits for good: consent was withdrawn")
    erase.add_argument("entry", metavar="ENTRY", help="the entry's id")
    erase.set_defaults(run=_erase)


def _question(
    parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--limit", type=_limit, default=1000, help="most lines; %(default)s")
    parser.set_defaults(run=run)
    return parser


def _gaps(args: argparse.Namespace) -> int:
    engine = hub.engine_of(args)
    from edge.hub.ledger import gaps

    found = gaps(engine, limit=args.limit, site=args.site, box=args.box)
    answers = [
        {
            "site": gap.site,
            "box": gap.box,
            "series": gap.series,
            "current": gap.current,
            "first": gap.first,
            "last": gap.last,
            "count": gap.count,
        }
        for gap in found
    ]

    def line(one: Mapping[str, Any]) -> str:
        numbers = f"#{one['first']}" + (f" to #{one['last']}" if one["count"] > 1 else "")
        earlier = "" if one["current"] else "  of an earlier spool"
        return f"{one['site']}/{one['box']}  owes {numbers} ({one['count']}){earlier}"

    return _print(args, answers, line, "No box owes a number.")


def _hits(args: argparse.Namespace) -> int:
    engine = hub.engine_of(args)
    from edge.hub.questions import hits

    found = hits(
        engine,
        limit=args.limit,
        site=args.site,
        box=args.box,
        list_id=args.list_id,
        entry=args.entry,
        since=args.since,
    )

    def line(one: Mapping[str, Any]) -> str:
        who = f"{one['entry']} ({one['label']})" if one["label"] else one["entry"]
        return (
            f"{_local(one['decided_at'])}  {one['site']}/{one['box']}  {one['camera']}"
            f"  {one['list_id']}  {who}  probability {one['probability']:.1%}  #{one['sequence']}"
        )

    return _print(args, found, line, "No hits.")


def _boxes(args: argparse.Namespace) -> int:
    engine = hub.engine_of(args)
    from edge.hub.questions import boxes

    def line(one: Mapping[str, Any]) -> str:
        state = one["condition"] if one["online"] else "offline"
        backlog = "" if one["backlog"] is None else f"  backlog {one['backlog']}"
        return (
            f"{one['site']}/{one['box']}  {state}  since {_local(one['received_at'])}{backlog}"
            f"  {one['problem'] or one['health_words'] or ''}"
        ).rstrip()

    return _print(args, boxes(engine, limit=args.limit), line, "No box has told anything yet.")


def _erasures(args: argparse.Namespace) -> int:
    engine = hub.engine_of(args)
    from edge.hub.questions import erasures

    def line(one: Mapping[str, Any]) -> str:
        return (
            f"{_local(one['erased_at'])}  {one['site']}/{one['box']}  {one['list_id']}"
            f"  {one['entry']}  watchlist {one['watchlist_version']}"
        )

    found = erasures(engine, limit=args.limit, entry=args.entry)
    return _print(args, found, line, "No box has told of an erasure.")


def _erase(args: argparse.Namespace) -> int:
    if not 0 < len(args.entry) <= MAX_ENTRY or not args.entry.isprintable():
        raise ConfigError("That is no entry's id.", f"Give 1 to {MAX_ENTRY} printable signs.")
    engine = hub.engine_of(args)
    from edge.hub.upkeep import erase

    now = datetime.now(UTC)
    facts = {"entry": args.entry}
    try:
        log = AuditLog(hub.state_dir(args) / AUDIT_FILE)
        log.append(AuditLine(now, _actor(), "hub-erase", facts))
    except (OSError, ValueError) as error:
        raise HubError(
            f"The audit log cannot be written ({error}), so nothing was erased.",
            "Give a folder that you may write with --state-dir.",
        ) from error
    count = erase(engine, args.entry, now)
    engine.dispose()
    print(f"{count} hits of {args.entry} were deleted; none that comes later is kept.")
    return 0


def _print(
    args: argparse.Namespace,
    answers: Sequence[Mapping[str, Any]],
    line: Callable[[Mapping[str, Any]], str],
    nothing: str,
) -> int:
    for one in answers:
        print(_json(one) if args.json else _shown(line(one)))
    if not answers and not args.json:
        print(nothing)
    return 0


def _actor() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without an entry in the password file
        return f"uid-{os.getuid()}"


def _json(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer, separators=(",", ":"), default=lambda moment: moment.isoformat())


def _shown(line: str) -> str:
    # A label comes over the network: it must not steer the terminal.
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _limit(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1_000_000:
        raise ValueError
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.astimezone()
