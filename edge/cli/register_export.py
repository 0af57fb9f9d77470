"""``watchpost register renew`` and ``export``: a new consent, and the answer to a person."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from edge.cli import register_commands as run
from edge.errors import RegisterError
from edge.register.answer import gather
from edge.register.answer_page import MAX_CONTACT
from edge.register.answer_zip import write_answer
from edge.register.consent import GIVERS, MAX_MONTHS, make_consent, read_document
from edge.register.renew import entry, renew

AddOptions = Callable[[argparse.ArgumentParser], None]


def add_parsers(commands: Any, add_folder: AddOptions, add_passphrase: AddOptions) -> None:
    """Add both commands to ``watchpost register``.

    Args:
        commands: the group's sub-commands.
        add_folder: adds the option for the register's folder.
        add_passphrase: adds the option for the register's passphrase.
    """
    _add_renew(commands, add_folder)
    _add_export(commands, add_folder, add_passphrase)


def _add_renew(commands: Any, add_folder: AddOptions) -> None:
    command = commands.add_parser(
        "renew",
        help="record a new consent for an entry",
        description=f"Days are UTC; a consent ends when its --expires day begins, at most "
        f"{MAX_MONTHS} months after --given-on. The consent before and its document stay as "
        "history until the entry is revoked. Publish afterwards.",
    )
    add_folder(command)
    command.add_argument("id", metavar="ENTRY")
    command.add_argument("--consent", type=Path, metavar="FILE", help="the signed document")
    command.add_argument("--given-by", required=True, choices=GIVERS)
    command.add_argument("--given-on", required=True, type=date.fromisoformat, metavar="DATE")
    command.add_argument("--expires", type=date.fromisoformat, metavar="DATE")
    command.add_argument(
        "--site", nargs="+", metavar="SITE", help="'*' for all; default: the sites as before"
    )
    command.set_defaults(run=run_renew)


def _add_export(commands: Any, add_folder: AddOptions, add_passphrase: AddOptions) -> None:
    command = commands.add_parser(
        "export",
        help="everything held about one person, as a zip file for that person",
        description="A page to read and print, the data as JSON, the consent documents, kept "
        "photos, and the person's lines of the audit log. The zip file is not encrypted.",
    )
    add_folder(command)
    add_passphrase(command)
    command.add_argument("id", metavar="ENTRY|PERSON")
    command.add_argument("out", type=Path, metavar="OUT.zip")
    command.add_argument(
        "--contact", default="", metavar="TEXT", help="whom the person can turn to; for the page"
    )
    command.set_defaults(run=run_export)


def run_renew(args: argparse.Namespace) -> int:
    """Record a new consent."""
    with run.opened(args) as register:
        old = entry(register, args.id)
        document = read_document(args.consent)
        sites = args.site or old.consent.sites
        consent = make_consent(
            document, args.given_by, args.given_on, args.expires, sites, register.clock.utc()
        )
        new = renew(register, args.id, consent, document)
        run.warn_of_shared_document(register, new)
    print(
        f"Renewed: entry {new.entry_id} until {new.consent.expires}; consents so far: "
        f"{len(new.consents)}. Publish now, so that boxes know."
    )
    return 0


def run_export(args: argparse.Namespace) -> int:
    """Write the answer to a person."""
    if len(args.contact) > MAX_CONTACT:
        raise RegisterError(
            f"The contact has {len(args.contact)} characters.", f"Use at most {MAX_CONTACT}."
        )
    if args.out.exists():
        raise RegisterError(f"There is a file {args.out} already.", "Give another name.")
    with run.opened(args) as register:
        answer = gather(register, args.id, run.passphrase_of(args))
        write_answer(answer, args.out, args.contact)
    print(
        f"Wrote {args.out}: person {answer.person_id}, entries {len(answer.entries)}. It is not "
        "encrypted: hand it over in a safe way, and delete your copy."
    )
    return 0
