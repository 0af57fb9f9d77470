"""The answer to a person as one zip file: a page to read and print, the data, the documents.

    answer.html                 everything in plain words; needs nothing else
    data.json                   everything as data, with the templates' numbers
    consents/guests-1.pdf       the consent documents, by list, oldest first
    photos/guests-01.jpg        the photos, where they were kept

In: an :class:`edge.register.answer.Answer`. Out: the file, all or nothing, readable by its owner
alone. Always: an existing file is left alone.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.errors import RegisterError
from edge.register.answer import Answer, HeldEntry
from edge.register.answer_page import page
from edge.register.consent import MAX_DOCUMENT_BYTES, Consent
from edge.watchlist.quantise import Int8s

PAGE = "answer.html"
DATA = "data.json"


def write_answer(answer: Answer, out: Path, contact: str) -> None:
    """Write the zip file.

    Args:
        answer: what is held.
        out: the file to make.
        contact: whom the person can turn to; empty leaves a place to fill in.

    Raises:
        RegisterError: the file is there already, or cannot be written; a document cannot be read.
    """
    if out.exists():
        raise RegisterError(f"There is a file {out} already.", "Give another name.")
    beside = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in _members(answer, contact):
                    archive.writestr(_info(name, answer), data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(out)
    except OSError as error:
        raise RegisterError(
            f"{out} cannot be written ({error.strerror}).", "Check the path and free space."
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def as_data(answer: Answer) -> dict[str, Any]:
    """The answer as JSON values."""
    return {
        "person": answer.person_id,
        "names": list(answer.names),
        "prepared_at": answer.prepared_at.isoformat(),
        "entries": [_entry(one) for one in answer.entries],
        "audit_lines": [dict(line) for line in answer.lines],
    }


def _members(answer: Answer, contact: str) -> Iterator[tuple[str, bytes]]:
    yield PAGE, page(answer, contact).encode("utf-8")
    yield DATA, json.dumps(as_data(answer), indent=1, ensure_ascii=False).encode("utf-8")
    for one in answer.entries:
        for number, held in enumerate(one.consents, start=1):
            if held.document is not None:
                yield one.document_name(number), _read(held.document)
        for photo in one.photos:
            yield one.photo_name(photo), photo.data


def _info(name: str, answer: Answer) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, answer.prepared_at.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_DOCUMENT_BYTES)
    except OSError as error:
        raise RegisterError(
            f"The consent document {path} cannot be read ({error.strerror}).",
            "Check its rights, or restore it from a backup.",
        ) from error


def _entry(one: HeldEntry) -> dict[str, Any]:
    held = one.enrolment
    return {
        "entry": held.entry_id,
        "list": one.info.list_id,
        "purpose": one.info.purpose,
        "hits_carry_the_name": one.info.show_label,
        "boxes_keep_a_picture_with_a_hit": one.info.evidence,
        "name": held.name,
        "added_at": held.added_at.isoformat(),
        "consent_holds_now": one.live,
        "consents": [
            {**_consent(x.consent), "document": one.document_name(number) or None}
            for number, x in enumerate(one.consents, start=1)
        ],
        "pack": held.pack,
        "templates": held.templates.tolist(),
        "templates_for_another_pack": _rows(one.staged),
        "photos": [one.photo_name(photo) for photo in one.photos],
        "published": [
            {"version": x.version, "at": x.at.isoformat(), "trusted_until": x.trusted_until}
            for x in one.published
        ],
    }


def _rows(templates: Int8s | None) -> list[Any]:
    return [] if templates is None else templates.tolist()


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "given_by": consent.given_by,
        "given_on": consent.given_on.isoformat(),
        "expires": consent.expires.isoformat(),
        "sites": list(consent.sites),
        "document_sha256": consent.document_sha256,
    }
