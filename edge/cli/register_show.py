"""``watchpost register list`` and ``show``: what the register holds, in brief."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from edge.cli import register_commands as run
from edge.register.answer import Answer, HeldEntry, survey
from edge.register.consent import Consent
from edge.register.database import Enrolment
from edge.register.kept_photos import count_kept

AddOptions = Callable[[argparse.ArgumentParser], None]


def add_parsers(commands: Any, add_folder: AddOptions) -> None:
    """Add both commands to ``watchpost register``."""
    command = commands.add_parser("list", help="lists and enrolments")
    add_folder(command)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=run_list)
    command = commands.add_parser(
        "show",
        help="all that is held of a person or entry, in brief",
        description="What `export` hands to the person, without the photos, the numbers of the "
        "templates and the documents themselves.",
    )
    add_folder(command)
    command.add_argument("--json", action="store_true")
    command.add_argument("id", metavar="ENTRY|PERSON")
    command.set_defaults(run=run_show)


def run_list(args: argparse.Namespace) -> int:
    """Print lists and enrolments."""
    with run.opened(args) as register:
        lists, found, now = register.lists(), register.enrolments(), register.clock.utc()
        root, kept = register.keys.newest(), count_kept(register)
        root_key = register.keys.root_key_id
    if args.json:
        shown = [
            {
                "list": x.list_id,
                "purpose": x.purpose,
                "show_label": x.show_label,
                "require_presence": x.require_presence,
                "evidence": x.evidence,
            }
            for x in lists
        ]
        entries = [_document(one, now, kept[one.entry_id]) for one in found]
        keys = {"root": root.version, "root_key": root_key, "root_expires": str(root.expires)}
        run.print_json({"keys": keys, "lists": shown, "entries": entries})
        return 0
    print(f"root {root.version}, key {root_key}, good until {root.expires:%Y-%m-%d}")
    for info in lists:
        print(f"list {info.list_id}: {info.purpose}")
    for one in found:
        print(f"{one.entry_id}  {one.list_id}  {_told(one.consent, now)}  {one.name}")
    print(f"{len(found)} entries.")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print all that is held of a person or entry."""
    with run.opened(args) as register:
        answer, kept = survey(register, args.id), count_kept(register)
    documents = [_entry(one, answer, kept[one.enrolment.entry_id]) for one in answer.entries]
    if args.json:
        run.print_json(documents)
        return 0
    for document in documents:
        for name, value in document.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                for one in value:
                    print(f"{name}: " + ", ".join(f"{x} {_text(y)}" for x, y in one.items()))
            else:
                print(f"{name}: {_text(value)}")
        print()
    return 0


def _entry(one: HeldEntry, answer: Answer, photos: int) -> dict[str, Any]:
    versions = [published.version for published in one.published]
    mine = (one.enrolment.entry_id, None)
    return {
        **_document(one.enrolment, answer.prepared_at, photos),
        "purpose": one.info.purpose,
        "hits_carry_the_name": one.info.show_label,
        "templates_for_another_pack": 0 if one.staged is None else len(one.staged),
        "consent_history": [
            {
                "given_by": held.consent.given_by,
                "given_on": held.consent.given_on.isoformat(),
                "expires": held.consent.expires.isoformat(),
                "sites": list(held.consent.sites),
                "document_sha256": held.consent.document_sha256,
                "document_kept": held.document is not None,
            }
            for held in one.consents
        ],
        "may_have_stood_in_versions": versions,
        "deeds": [
            {"number": line["number"], "at": line["at"], "action": line["action"]}
            for line in answer.lines
            if line["facts"].get("entry") in mine
        ],
    }


def _document(one: Enrolment, now: datetime, photos: int) -> dict[str, Any]:
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
        "photos_kept": photos,
        "consents": len(one.consents),
    }


def _state(consent: Consent, now: datetime) -> str:
    if consent.live(now):
        return "live"
    return "expired" if now >= consent.ends_at else "not begun"


def _told(consent: Consent, now: datetime) -> str:
    state = _state(consent, now)
    if state == "not begun":
        return f"not begun before {consent.given_on}"
    return f"{state} {'until' if state == 'live' else 'since'} {consent.expires}"


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    return str(value)
