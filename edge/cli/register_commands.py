"""What the commands of ``watchpost register`` do; ``register.py`` has their options.

In: parsed options. Out: printed lines and an exit code. The folder's clock is believed: the
operator's machine has a battery.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.cli.config import settings_of
from edge.errors import RegisterError
from edge.register.consent import Consent, make_consent, read_document
from edge.register.database import PUBLIC_KEY, Enrolment, Register, create_register, open_register
from edge.register.enrol import Limits, Wish, add_list, check_list, enrol, find, revoke
from edge.register.kept_photos import count_kept, open_safe
from edge.register.photos import Outcome, PhotoReader, read_photos
from edge.register.publish import load_key, publish
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import Settings
from edge.values import ListInfo
from edge.watchlist.keys import key_text

ENV_PASSPHRASE = "WATCHPOST_PASSPHRASE"  # noqa: S105 - the name of a variable
_MAX_PASSPHRASE_FILE = 4096

MakeReader = Callable[[Settings], PhotoReader]


def run_init(args: argparse.Namespace) -> int:
    """Make a register and print its public key."""
    passphrase = None if args.no_passphrase else passphrase_of(args)
    if passphrase is None and not args.no_passphrase:
        raise RegisterError(
            "There is no passphrase for the signing key.",
            f"Use --passphrase-file or {ENV_PASSPHRASE}, or say --no-passphrase.",
        )
    info = ListInfo(args.list_id, args.purpose, args.show_label) if args.list_id else None
    if info:
        check_list(info)
    key = Ed25519PrivateKey.generate()
    clock = SystemClock(trust_system=True)
    with closing(create_register(args.folder, key, passphrase, clock, _actor())) as register:
        if info:
            add_list(register, info)
    print(f"Made the register {args.folder}. Public key, for watchlist.keys on each box:")
    print(key_text(key.public_key()))
    return 0


def run_list_add(args: argparse.Namespace) -> int:
    """Add a list."""
    with opened(args) as register:
        add_list(register, ListInfo(args.list_id, args.purpose, args.show_label))
    print(f"Added list {args.list_id}.")
    return 0


def run_add(args: argparse.Namespace, make_reader: MakeReader) -> int:
    """Enrol a person."""
    with opened(args) as register:
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
        others = [x for x in register.enrolments() if x.person_id == made.person_id]
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


def run_list(args: argparse.Namespace) -> int:
    """Print lists and enrolments."""
    with opened(args) as register:
        lists, found, now = register.lists(), register.enrolments(), register.clock.utc()
        public_key, kept = register.setting(PUBLIC_KEY), count_kept(register)
    if args.json:
        shown = [
            {"list": x.list_id, "purpose": x.purpose, "show_label": x.show_label} for x in lists
        ]
        entries = [_document(one, now, kept) for one in found]
        _print_json({"public_key": public_key, "lists": shown, "entries": entries})
        return 0
    print(f"public key {public_key}")
    for info in lists:
        print(f"list {info.list_id}: {info.purpose}")
    for one in found:
        state = _state(one.consent, now)
        print(f"{one.entry_id}  {one.list_id}  {state} until {one.consent.expires}  {one.name}")
    print(f"{len(found)} entries.")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print all that is held of a person or entry."""
    with opened(args) as register:
        found, now = find(register, args.id), register.clock.utc()
        kept = count_kept(register)
    documents = [_document(one, now, kept) for one in found]
    if args.json:
        _print_json(documents)
        return 0
    for document in documents:
        for name, value in document.items():
            print(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
        print()
    return 0


def run_audit(args: argparse.Namespace) -> int:
    """Verify and print the audit log."""
    with opened(args) as register:
        found = register.audit()
    if args.json:
        _print_json({"lines": found.lines, "problem": found.problem})
    else:
        for line in found.lines:
            facts = " ".join(f"{name}={value}" for name, value in line["facts"].items())
            print(f"{line['number']} {line['at']} {line['actor']} {line['action']} {facts}")
    if found.problem:
        raise RegisterError(
            f"The audit log is damaged: {found.problem}", "Compare it with a backup."
        )
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """Erase an entry or a person."""
    with opened(args) as register:
        erased = revoke(register, args.id, args.reason)
    print(f"Entries erased: {len(erased)}. Publish now, so that boxes forget them too.")
    return 0


def run_publish(args: argparse.Namespace) -> int:
    """Write the signed list."""
    with opened(args) as register:
        key = load_key(register, passphrase_of(args))
        done = publish(register, key, args.destination, args.valid_for, args.site)
    print(
        f"Published version {done.version} with {done.entries} entries to {args.destination} "
        f"({done.size_bytes} bytes), valid until {done.expires_at:%Y-%m-%d %H:%M} UTC."
    )
    for reason, count in sorted(done.left_out.items()):
        print(f"Left out {count}: {reason}.")
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


def _state(consent: Consent, now: datetime) -> str:
    return "live" if consent.live(now) else "expired"


def _document(one: Enrolment, now: datetime, kept: Mapping[str, int]) -> dict[str, Any]:
    return {
        "entry": one.entry_id,
        "person": one.person_id,
        "list": one.list_id,
        "name": one.name,
        "state": _state(one.consent, now),
        "given_by": one.consent.given_by,
        "given_on": one.consent.given_on.isoformat(),
        "expires": one.consent.expires.isoformat(),
        "sites": list(one.consent.sites),
        "document_sha256": one.consent.document_sha256,
        "pack": one.pack,
        "added_at": one.added_at.astimezone(UTC).isoformat(),
        "templates": len(one.templates),
        "dimensions": int(one.templates.shape[1]),
        "photos_kept": kept[one.entry_id],
        "consents": len(one.consents),
    }


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
