"""``watchpost update``: whole images in two slots, kept only when the box works with them."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable
from typing import Any

from edge.cli.config import add_config_option, settings_of
from edge.errors import UpdateError, WatchpostError
from edge.runtime.setting_tables import Settings


def add_parser(subparsers: Any) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("update", help="update the whole image (RAUC); run as root")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    status = commands.add_parser("status", help="which slot runs, what is in the other")
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status)
    install = commands.add_parser("install", help="write a signed bundle into the other slot")
    install.add_argument("bundle", help="a .raucb file, or an https:// address")
    install.set_defaults(run=_install)
    good = commands.add_parser(
        "mark-good", help="keep the running image once the box has worked for update.hold"
    )
    good.add_argument("--now", action="store_true", help="without looking whether the box works")
    good.add_argument(
        "--roll-back", action="store_true", help="if it does not work: mark it bad and restart"
    )
    good.set_defaults(run=_mark_good)
    bad = commands.add_parser("mark-bad", help="do not start the running image again")
    bad.set_defaults(run=_mark_bad)
    for command in (install, bad):
        command.add_argument("--reboot", action="store_true", help="start the machine again")
    for command in (status, install, good, bad):
        add_config_option(command)


def _status(args: argparse.Namespace) -> int:
    from edge.compose import update
    from edge.update.aftermath import boot_id, what_failed

    slots, ledger = update.updater().slots(), update.ledger(settings_of(args))
    failed = what_failed(slots, ledger, boot_id())
    if args.json:
        document = dataclasses.asdict(slots)
        for told, slot in zip(document["slots"], slots.slots, strict=True):
            told |= {"proven": ledger.is_proven(slot), "refused": ledger.why_refused(slot)}
        print(json.dumps(document, indent=2))
        return 0
    print(f"Bundles must be for {slots.compatible}.")
    for slot in slots.slots:
        words = [
            "runs" if slot.booted else "",
            "starts next" if slot.name == slots.primary else "",
            "good" if slot.good else "bad",
            "proven" if ledger.is_proven(slot) else "not proven",
        ]
        print(f"{slot.name}  {slot.version or 'as made'}  {', '.join(filter(None, words))}")
    if failed is not None:
        print(failed)
    return 0


def _install(args: argparse.Namespace) -> int:
    from edge.compose import update
    from edge.update.aftermath import boot_id, note_installed
    from edge.update.fetch import bundle_file
    from edge.update.proof import check_may_install

    settings = settings_of(args)

    def install(tell: Callable[[str], None]) -> None:
        updater, ledger = update.updater(), update.ledger(settings)
        before = updater.slots()
        check_may_install(before, ledger)
        folder, limits = update.folder(settings), update.limits(settings)
        with bundle_file(args.bundle, folder, limits, tell) as path:
            updater.install(path, tell)
        note_installed(before, updater.slots(), ledger, boot_id())

    _told(settings, install)
    print("Installed. It starts at the next start of the machine, and is kept when the box works.")
    if args.reboot:
        update.restart()
    return 0


def _mark_good(args: argparse.Namespace) -> int:
    from edge.compose import update

    settings = settings_of(args)

    def decide(tell: Callable[[str], None]) -> None:
        if args.now:
            updater = update.updater()
            update.ledger(settings).note_proven(updater.slots().booted)
            updater.mark("good")
            print("Marked good.")
            return
        outcome = update.proof(settings, tell).decide(
            update.rules(settings), may_roll_back=args.roll_back
        )
        print(f"The running image: {outcome}.")

    _told(settings, decide)
    return 0


def _mark_bad(args: argparse.Namespace) -> int:
    from edge.compose import update

    updater = update.updater()
    slots = updater.slots()
    if args.reboot and not slots.has_way_back:
        raise UpdateError(
            "No other slot would start.", "Install an image that works: `watchpost update install`."
        )
    update.ledger(settings_of(args)).note_refused(slots.booted, "Marked bad by hand.")
    updater.mark("bad")
    print("Marked bad.")
    if args.reboot:
        update.restart()
    return 0


def _told(settings: Settings, work: Callable[[Callable[[str], None]], None]) -> None:
    """Do the work, and tell the rest of the box how it goes and what failed before."""
    from edge.compose import update
    from edge.update.aftermath import boot_id, what_failed

    teller = update.teller(settings)
    teller.goes_on("It begins.")
    try:
        work(teller.goes_on)
        failed = what_failed(update.updater().slots(), update.ledger(settings), boot_id())
    except WatchpostError as error:
        teller.ended(error)
        raise
    teller.ended(failed)
