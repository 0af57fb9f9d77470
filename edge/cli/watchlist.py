"""``watchpost watchlist``: what list a box has, fetching a newer one, checking one.

In: the box's settings. Out: printed lines; ids, counts and times, never a person's name.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.cli.config import add_config_option, settings_of
from edge.errors import WatchlistError
from edge.runtime.clock import Clock, NeverBefore, SystemClock
from edge.runtime.setting_tables import Settings
from edge.watchlist.active import Active
from edge.watchlist.apply import MAX_AHEAD
from edge.watchlist.gallery import Gallery
from edge.watchlist.manifest import Manifest, segment_target
from edge.watchlist.store import SealedStore

PackOf = Callable[[Settings], str]


def _real_pack(settings: Settings) -> str:
    from edge.compose import box

    return box.pack(settings).ref


def add_parser(subparsers: Any, pack_of: PackOf = _real_pack) -> None:
    """Add the group to the command line.

    Args:
        subparsers: what ``add_subparsers`` returned.
        pack_of: says ``id@version`` of the pack the settings name.
    """
    group = subparsers.add_parser("watchlist", help="the box's signed list")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    status = commands.add_parser("status", help="show the active list; exit 5 when it is damaged")
    status.set_defaults(run=_status)
    sync = commands.add_parser("sync", help="fetch and apply the newest list now")
    sync.set_defaults(run=lambda args: _sync(args, pack_of))
    verify = commands.add_parser(
        "verify", help="check every segment on this box, or a whole repository; applies nothing"
    )
    verify.add_argument(
        "repository",
        nargs="?",
        metavar="REPOSITORY",
        help="path or address of a repository; without it, the list on this box",
    )
    verify.set_defaults(run=lambda args: _verify(args, pack_of))
    for command in (status, sync, verify):
        command.add_argument("--json", action="store_true")
        add_config_option(command)


def _status(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    _show(settings, _store(settings), as_json=args.json)
    return 0


def _sync(args: argparse.Namespace, pack_of: PackOf) -> int:
    from edge.compose import list_source

    settings = settings_of(args)
    clock = _clock(settings)
    made = list_source.synchroniser(settings, pack_of(settings), clock, random.Random())
    applied = made.sync_now()
    if not args.json:
        print("A new list is active." if applied else "The active list is the newest.")
    _show(settings, _store(settings), as_json=args.json)
    return 0


def _verify(args: argparse.Namespace, pack_of: PackOf) -> int:
    settings = settings_of(args)
    if args.repository:
        manifest = _verified_repository(settings, args.repository, pack_of(settings))
        _print(_facts(manifest, _clock(settings)), as_json=args.json)
        return 0
    store = _store(settings)
    active = store.active()
    for segment in active.segments() if active else ():
        store.segment(segment)
    _show(settings, store, as_json=args.json)
    return 0


def _verified_repository(settings: Settings, address: str, pack: str) -> Manifest:
    """Fetch and check everything a box would, as a box that never saw a list."""
    from edge.compose import list_source

    now = _clock(settings).trusted_utc()
    if now is None:
        raise WatchlistError(
            "The time of day is not known yet, so nothing that expires can be checked.",
            "Wait until the box has reached a time server, or set clock.trust to system.",
        )
    with tempfile.TemporaryDirectory(prefix="watchpost-verify-") as folder:
        offer = list_source.repository(settings, Path(folder), address).look(now)
        manifest = offer.manifest()
        list_source.applier(settings, pack, _store(settings)).check(manifest, now)
        for row in manifest.segments:
            manifest.open(row, offer.target(segment_target(row.id), row.bytes))
    return manifest


def _store(settings: Settings) -> SealedStore:
    from edge.compose import lists

    return lists.store(settings)


def _clock(settings: Settings) -> Clock:
    return SystemClock(trust_system=settings.clock.trust == "system")


def _show(settings: Settings, store: SealedStore, *, as_json: bool) -> None:
    active = store.active()
    if active is None:
        print("null" if as_json else "There is no watchlist yet. Run `watchpost watchlist sync`.")
        return
    clock = NeverBefore(_clock(settings))
    clock.floor = active.manifest.issued_at - MAX_AHEAD
    facts = _facts(active.manifest, clock)
    facts["entries_live_here"] = _live_here(settings, store, active, clock)
    facts["erasures_to_report"] = len(active.erasures)
    _print(facts, as_json=as_json)


def _live_here(settings: Settings, store: SealedStore, active: Active, clock: Clock) -> int:
    gallery = Gallery(settings.box.site, clock)
    gallery.replace(active.listing(), store.segment)
    return gallery.entries_live


def _facts(manifest: Manifest, clock: Clock) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "pack": manifest.pack,
        "issued_at": manifest.issued_at.isoformat(),
        "expires_at": manifest.expires_at.isoformat(),
        "lists": [one.list_id for one in manifest.lists],
        "entries": manifest.entries,
        "withdrawn": len(manifest.revoked),
        "segments": len(manifest.segments),
        "bytes": sum(one.bytes for one in manifest.segments),
        "state": _state(manifest, clock.trusted_utc()),
    }


def _state(manifest: Manifest, now: datetime | None) -> str:
    if now is None:
        return "waiting for the clock: nothing matches until the time is known"
    if now >= manifest.expires_at:
        return "expired: nothing matches until a new list comes"
    return "live"


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(document, indent=2))
        return
    for name, value in document.items():
        print(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
