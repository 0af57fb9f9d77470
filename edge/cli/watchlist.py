"""``watchpost watchlist``: what list a box has, fetching a newer one, checking a file.

In: the box's settings. Out: printed lines; ids, counts and times, never a person's name.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.cli.config import add_config_option, settings_of
from edge.errors import WatchlistError
from edge.runtime.clock import Clock, SystemClock
from edge.runtime.setting_tables import Settings
from edge.values import Watchlist
from edge.watchlist import bundle
from edge.watchlist.gallery import Gallery
from edge.watchlist.keys import public_keys
from edge.watchlist.store import FOLDER_NAME, ListStore
from edge.watchlist.sync import Synchroniser, make_list_source

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
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=lambda args: _status(args, pack_of))
    sync = commands.add_parser("sync", help="fetch and apply the newest list now")
    sync.set_defaults(run=lambda args: _sync(args, pack_of))
    verify = commands.add_parser(
        "verify", help="check a file with this box's keys; applies nothing"
    )
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=_verify)
    for command in (status, sync, verify):
        add_config_option(command)


def _status(args: argparse.Namespace, pack_of: PackOf) -> int:
    settings = settings_of(args)
    watchlist = _store(settings, pack_of).load()
    if watchlist is None:
        print("null" if args.json else "There is no watchlist yet. Run `watchpost watchlist sync`.")
        return 0
    _print(_document(watchlist, settings), as_json=args.json)
    return 0


def _sync(args: argparse.Namespace, pack_of: PackOf) -> int:
    settings = settings_of(args)
    table = settings.watchlist
    synchroniser = Synchroniser(
        make_list_source(table.source, table.max_bytes),
        _store(settings, pack_of),
        _clock(settings),
        table.refresh,
        random.Random(),
    )
    applied = synchroniser.sync_now()
    print("A new list is active." if applied else "The active list is the newest.")
    return _status(argparse.Namespace(config=args.config, json=False), pack_of)


def _verify(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    limit = settings.watchlist.max_bytes
    try:
        with args.file.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise WatchlistError(
            f"{args.file} cannot be read ({error.strerror}).", "Check its path and rights."
        ) from error
    if len(data) > limit:
        raise WatchlistError(
            f"{args.file} has more than {limit} bytes.", "Raise watchlist.max_bytes."
        )
    watchlist = bundle.verify(data, public_keys(settings.watchlist.keys))
    _print(_document(watchlist, settings), as_json=args.json)
    return 0


def _store(settings: Settings, pack_of: PackOf) -> ListStore:
    return ListStore(
        settings.box.state_dir / FOLDER_NAME,
        public_keys(settings.watchlist.keys),
        pack_of(settings),
        max_bytes=settings.watchlist.max_bytes,
    )


def _clock(settings: Settings) -> Clock:
    return SystemClock(trust_system=settings.clock.trust == "system")


def _document(watchlist: Watchlist, settings: Settings) -> dict[str, Any]:
    clock = _clock(settings)
    gallery = Gallery(settings.box.site, clock)
    gallery.activate(watchlist)
    now = clock.trusted_utc()
    return {
        "version": watchlist.version,
        "pack": watchlist.pack,
        "issued_at": watchlist.issued_at.isoformat(),
        "expires_at": watchlist.expires_at.isoformat(),
        "lists": [info.list_id for info in watchlist.lists],
        "entries": len(watchlist.entries),
        "entries_live_here": gallery.entries_live,
        "state": _state(watchlist, now),
    }


def _state(watchlist: Watchlist, now: datetime | None) -> str:
    if now is None:
        return "waiting for the clock: nothing matches until the time is known"
    if now >= watchlist.expires_at:
        return "expired: nothing matches until a new list comes"
    return "live"


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(document, indent=2))
        return
    for name, value in document.items():
        print(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
