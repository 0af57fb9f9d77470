"""``watchpost register re-enrol``: guides an operator through a change of pack.

Without an entry it says who still needs photos for the pack that the settings name; with one it
takes their photos in; ``--finish`` begins to use the new templates. Boxes go on with the old
pack and the last published list until then.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.cli.config import add_config_option, settings_of
from edge.errors import PackError, RegisterError
from edge.register.database import Enrolment, Register
from edge.register.enrol import Limits
from edge.register.photos import Outcome, PhotoReader, read_photos
from edge.register.re_enrol import Move, abandon, finish, give_photos, look
from edge.runtime.setting_tables import Settings

MakeReader = Callable[[Settings], PhotoReader]
MakeOldReader = Callable[[Settings, str], PhotoReader]


def add_parser(
    commands: Any,
    make_reader: MakeReader,
    make_old_reader: MakeOldReader,
    add_folder: Callable[[argparse.ArgumentParser], None],
    opened: Callable[[argparse.Namespace], Any],
) -> None:
    """Add the command to ``watchpost register``.

    Args:
        commands: the group's sub-commands.
        make_reader: builds what reads photos with the pack of the settings.
        make_old_reader: builds the same for a pack by ``id@version``.
        add_folder: adds the option for the register's folder.
        opened: opens the register that the options name, for a ``with``.
    """
    command = commands.add_parser(
        "re-enrol",
        help="move the register to another pack: who needs new photos, and taking them in",
        description="Templates of two packs cannot be compared. Name the new pack in the "
        "settings (--config, or WATCHPOST_PACK__NAME); then: `re-enrol` lists whose photos are "
        "needed, `re-enrol ENTRY --photo …` takes them in, `re-enrol --finish` changes over. "
        "Consents stay as they are. Publish afterwards, and set the new pack on each box.",
    )
    add_folder(command)
    add_config_option(command)
    command.add_argument("entry", nargs="?", metavar="ENTRY")
    command.add_argument("--photo", nargs="+", type=Path, default=(), metavar="FILE")
    command.add_argument(
        "--new-person", action="store_true", help="it is not the other person who looks alike"
    )
    command.add_argument("--finish", action="store_true", help="use the new templates from now on")
    command.add_argument(
        "--leave-missing", action="store_true", help="finish although people have no new photos"
    )
    command.add_argument("--abandon", action="store_true", help="give the change up")
    command.add_argument("--json", action="store_true")

    def run(args: argparse.Namespace) -> int:
        with opened(args) as register:
            return _run(args, register, make_reader, make_old_reader)

    command.set_defaults(run=run)


def _run(
    args: argparse.Namespace,
    register: Register,
    make_reader: MakeReader,
    make_old_reader: MakeOldReader,
) -> int:
    if (args.entry is None) != (not args.photo) or (args.finish and args.abandon):
        raise RegisterError(
            "An entry needs photos and photos an entry; --finish and --abandon go alone.",
            "See `watchpost register re-enrol --help`.",
        )
    if args.abandon:
        print(f"The change to pack {abandon(register)} is given up; nothing else has changed.")
        return 0
    settings = settings_of(args)
    reader = make_reader(settings)
    if args.entry is not None:
        _take_photos(args, register, reader, lambda pack: make_old_reader(settings, pack))
    if args.finish:
        move = finish(register, reader.pack, leave_missing=args.leave_missing)
        print(
            f"Entries with templates of pack {reader.pack}: {len(move.done)}; left behind: "
            f"{len(move.missing)}. Publish now, and set pack.name to {reader.pack} "
            "on each box."
        )
        return 0
    _print_move(look(register, reader.pack), args.json)
    return 0


def _take_photos(
    args: argparse.Namespace,
    register: Register,
    reader: PhotoReader,
    old_reader: Callable[[str], PhotoReader],
) -> None:
    outcomes = read_photos(reader, args.photo)
    for outcome in outcomes:
        said = f"not used. {outcome.problem}" if outcome.problem else "used."
        print(f"{outcome.photo}: {said}")
    limits = Limits()
    seen = _with_old_pack(args, register, old_reader)
    one = give_photos(
        register, args.entry, reader.pack, outcomes, seen, limits, new_person=args.new_person
    )
    usable = sum(outcome.template is not None for outcome in outcomes)
    if usable < limits.wanted_photos:
        print(
            f"Warning: {usable} usable photos; with fewer than {limits.wanted_photos} the person "
            "will often not be recognised."
        )
    if seen is None:
        print(
            f"Warning: pack {one.pack} is not installed here, so it was not checked that the "
            "photos show the person who was enrolled. Look yourself."
        )
    print(f"Entry {one.entry_id} has templates for pack {reader.pack}.")


def _with_old_pack(
    args: argparse.Namespace, register: Register, old_reader: Callable[[str], PhotoReader]
) -> tuple[Outcome, ...] | None:
    """What the entry's present pack makes of the photos; None when it is not here."""
    packs = {x.pack for x in register.enrolments() if x.entry_id == args.entry}
    try:
        return read_photos(old_reader(packs.pop()), args.photo) if packs else None
    except PackError:
        return None


def _print_move(move: Move, as_json: bool) -> None:
    if as_json:
        document = {
            "pack": move.pack,
            "target": move.target,
            **{
                name: [_shown(one) for one in found]
                for name, found in (
                    ("missing", move.missing),
                    ("done", move.done),
                    ("expired", move.expired),
                )
            },
        }
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    if move.pack in (None, move.target):
        print(f"The register's pack is {move.target}; nobody needs new photos.")
        return
    print(f"From pack {move.pack} to {move.target}: entries with new templates: {len(move.done)}.")
    for one in move.missing:
        print(f"needs photos: {one.entry_id}  {one.list_id}  {one.name}")
    for one in move.expired:
        print(f"consent does not hold, needs none: {one.entry_id}  {one.list_id}  {one.name}")
    print(
        "Give them with `watchpost register re-enrol ENTRY --photo FILE FILE FILE`."
        if move.missing
        else "Everyone is ready: `watchpost register re-enrol --finish` changes over."
    )


def _shown(one: Enrolment) -> dict[str, str]:
    return {
        "entry": one.entry_id,
        "person": one.person_id,
        "list": one.list_id,
        "name": one.name,
        "pack": one.pack,
    }
