"""The page of the answer to a person: all that is held, in plain words, for screen and paper.

In: an :class:`edge.register.answer.Answer`. Out: one HTML document that needs nothing else: no
script, no font, no picture from elsewhere, and a policy in it that forbids them. Always: every
text from outside is escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from edge.register.answer import Answer, HeldEntry, PublishedList
from edge.register.consent import Consent
from edge.register.kept_photos import KeptPhoto

TEMPLATES = Path(__file__).parent / "templates"
MAX_CONTACT = 500
_THUMBNAIL_PX = 240
_SHOWN_NUMBERS = 16
_DEEDS = {
    "add": "You were enrolled.",
    "renew": "Your new consent was recorded.",
    "re-enrol": "New templates were made of new photos.",
    "revoke": "An entry of yours was erased.",
    "export": "An answer such as this one was prepared.",
}
# Facts that say something to the person; ids and hashes are in data.json.
_TOLD = ("list", "photos", "photos_kept", "given_by", "expires", "reason")


def page(answer: Answer, contact: str) -> str:
    """The whole document.

    Args:
        answer: what is held.
        contact: whom the person can turn to; empty leaves a place to fill in.
    """
    engine = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters.update(day=_day, moment=_moment, short=_short)
    return engine.get_template("answer.html").render(
        answer=answer,
        contact=contact,
        entries=[_entry(one) for one in answer.entries],
        photos=sum(len(one.photos) for one in answer.entries),
        templates=sum(len(one.enrolment.templates) for one in answer.entries),
        documents=sum(len(one.consents) for one in answer.entries),
        numbers=answer.entries[0].enrolment.templates[0, :_SHOWN_NUMBERS].tolist(),
        lines=[_line(line) for line in answer.lines],
    )


def _entry(one: HeldEntry) -> dict[str, Any]:
    held = one.enrolment
    last = len(one.consents)
    return {
        "held": held,
        "info": one.info,
        "live": one.live,
        "consent": _consent(one, last),
        "earlier": [_consent(one, number) for number in range(1, last)],
        "templates": len(held.templates),
        "dimensions": held.templates.shape[1],
        "staged": 0 if one.staged is None else len(one.staged),
        "photos": [
            {"name": one.photo_name(photo), "picture": _thumbnail(photo)} for photo in one.photos
        ],
        "runs": _runs(one.published),
    }


def _consent(one: HeldEntry, number: int) -> dict[str, Any]:
    consent = one.consents[number - 1].consent
    return {
        "by": "you" if consent.given_by == "self" else "your guardian",
        "given_on": consent.given_on,
        "expires": consent.expires,
        "sites": _sites(consent),
        "document": one.document_name(number),
        "sha256": consent.document_sha256,
    }


def _sites(consent: Consent) -> str:
    return "all sites" if "*" in consent.sites else ", ".join(consent.sites)


def _runs(published: tuple[PublishedList, ...]) -> list[dict[str, Any]]:
    """Versions that follow each other, as one line of the table."""
    runs: list[list[PublishedList]] = []
    for one in published:
        if runs and runs[-1][-1].version + 1 == one.version:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [
        {
            "versions": f"{run[0].version}" + (f" to {run[-1].version}" if len(run) > 1 else ""),
            "first": run[0].at,
            "last": run[-1].at,
            "until": max(x.trusted_until for x in run),
        }
        for run in runs
    ]


def _thumbnail(photo: KeptPhoto) -> str:
    """The photo, small, as a data address; empty when it cannot be decoded."""
    picture = cv2.imdecode(np.frombuffer(photo.data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return ""
    height, width = picture.shape[:2]
    scale = min(1.0, _THUMBNAIL_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", small)[1].tobytes()
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    facts = line["facts"]
    told = [f"{name.replace('_', ' ')}: {facts[name]}" for name in _TOLD if name in facts]
    return {
        "number": line["number"],
        "at": line["at"],
        "actor": line["actor"],
        "deed": _DEEDS.get(line["action"], line["action"]),
        "told": ", ".join(told),
    }


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _moment(value: datetime) -> str:
    told = value.astimezone(UTC)
    return f"{_day(told)}, {told:%H:%M} UTC"


def _short(value: datetime | str) -> str:
    if isinstance(value, str):
        if not value:
            return "not known"
        value = datetime.fromisoformat(value)
    told = value.astimezone(UTC)
    return f"{told.day} {told:%b %Y}, {told:%H:%M} UTC"
