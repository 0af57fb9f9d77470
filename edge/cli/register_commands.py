"""What the commands of ``watchpost register`` do; ``register.py`` has their options.

In: parsed options. Out: printed lines and an exit code. The folder's clock is believed: the
operator's machine has a battery.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from edge.cli.config import settings_of
from edge.errors import RegisterError
from edge.register.consent import make_consent, read_document
from edge.register.database import Enrolment, Register, create_register, open_register
from edge.register.enrol import (
    Limits,
    Wish,
    add_list,
    check_has_list,
    check_list,
    enrol,
    sharing_document,
)
from edge.register.kept_photos import open_safe
from edge.register.keys import GIVES_ONLINE, ROOT_FILE, Secrets
from edge.register.photos import Outcome, PhotoReader, read_photos
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import Settings
from edge.values import ListInfo

ENV_PASSPHRASE = "WATCHPOST_PASSPHRASE"  # noqa: S105 - the name of a variable
_MAX_PASSPHRASE_FILE = 4096

MakeReader = Callable[[Settings], PhotoReader]


def run_init(args: argparse.Namespace) -> int:
    """Make a register and its keys."""
    passphrase = None if args.no_passphrase else passphrase_of(args)
    if passphrase is None and not args.no_passphrase:
        raise RegisterError(
            "There is no passphrase for the root key.",
            f"Use --passphrase-file or {ENV_PASSPHRASE}, or say --no-passphrase.",
        )
    info = _list_of(args) if args.list_id else None
    if info:
        check_list(info)
    clock = SystemClock(trust_system=True)
    secrets = Secrets(passphrase, os.environ.get(GIVES_ONLINE) or None)
    with closing(create_register(args.folder, secrets, clock, _actor())) as register:
        if info:
            add_list(register, info)
        root_key = register.keys.root_key_id
    print(f"Made the register {args.folder}. Give {args.folder / ROOT_FILE} to each box.")
    print(f"The root key is keys/root-{root_key}.pem: keep it offline, and a copy of it.")
    return 0


def _list_of(args: argparse.Namespace) -> ListInfo:
    return ListInfo(
        args.list_id, args.purpose, args.show_label, args.require_presence, args.evidence
    )


def run_list_add(args: argparse.Namespace) -> int:
    """Add a list."""
    with opened(args) as register:
        add_list(register, _list_of(args))
    print(f"Added list {args.list_id}.")
    return 0


def run_add(args: argparse.Namespace, make_reader: MakeReader) -> int:
    """Enrol a person."""
    with opened(args) as register:
        check_has_list(register, args.list_id)
        document = read_document(args.consent)
        consent = make_consent(
            document, args.given_by, args.given_on, args.expires, args.site, register.clock.utc()
        )
        safe = open_safe(register, passphrase_of(args)) if args.keep_photos else None
        reader = make_reader(settings_of(args))
        outcomes = read_photos(reader, args.photo)
        for outcome in outcomes:
            _print_outcome(outcome)
        wish = Wish(args.name, args.list_id, consent, document, args.new_person, safe)
        limits = Limits(args.same_person, args.enrolled)
        made = enrol(register, wish, reader.pack, outcomes, limits)
        others = register.enrolments(made.person_id)
        warn_of_shared_document(register, made)
    if len(made.templates) < limits.wanted_photos:
        print(
            f"Warning: {len(made.templates)} usable photos; with fewer than "
            f"{limits.wanted_photos} the person will often not be recognised."
        )
    for other in others:
        if other.entry_id != made.entry_id:
            print(
                f"Taken for the person of entry {other.entry_id} ({other.name}) on list "
                f"{other.list_id}. If it is somebody else, revoke {made.entry_id} and add again "
                "with --new-person."
            )
    print(f"Enrolled: entry {made.entry_id}, person {made.person_id}.")
    return 0


def run_audit(args: argparse.Namespace) -> int:
    """Verify and print the audit log."""
    with opened(args) as register:
        found = register.audit()
    if args.json:
        print_json({"lines": found.lines, "problem": found.problem})
    else:
        for line in found.lines:
            facts = " ".join(f"{name}={value}" for name, value in line["facts"].items())
            print(f"{line['number']} {line['at']} {line['actor']} {line['action']} {facts}")
    if found.problem:
        raise RegisterError(
            f"The audit log is damaged: {found.problem}", "Compare it with a backup."
        )
    return 0


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Register]:
    """The register that the options name.

    Raises:
        RegisterError: it cannot be opened.
    """
    clock = SystemClock(trust_system=True)
    with closing(open_register(args.register, clock, _actor())) as register:
        yield register


def _actor() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without an entry in the password file
        return f"uid-{os.getuid()}"


def passphrase_of(args: argparse.Namespace) -> str | None:
    """The passphrase from its file, else from the environment, else None.

    Raises:
        RegisterError: the file cannot be read.
    """
    if args.passphrase_file is None:
        return os.environ.get(ENV_PASSPHRASE) or None
    try:
        with args.passphrase_file.open(encoding="utf-8") as file:
            return str(file.readline(_MAX_PASSPHRASE_FILE)).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RegisterError(
            f"The passphrase file {args.passphrase_file} cannot be read.", "Check its path."
        ) from error


def _print_outcome(outcome: Outcome) -> None:
    said = f"not used. {outcome.problem}" if outcome.problem else "used."
    print(f"{outcome.photo}: {said}")


def warn_of_shared_document(register: Register, made: Enrolment) -> None:
    """Say so when the consent document is also the consent of other people."""
    others = sharing_document(register, made)
    if others:
        print(
            f"Warning: the same consent document stands for other people too: {len(others)}, such "
            f"as entry {others[0]}. Everybody signs for themselves; check that it is the right "
            "file."
        )


def print_json(value: object) -> None:
    """Print a JSON value for programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False))
