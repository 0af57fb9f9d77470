"""Consent: what an enrolment needs before anything else is looked at.

In: what the operator says and the signed document. Out: a :class:`Consent`. Always: it has a
document, a giver, a day on which it was given, an end at most 24 months later and in the
future, and sites. A consent ends when its last day begins, at 00:00 UTC: rather hours too
early than a minute too late.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from edge.errors import ConsentError
from edge.watchlist.limits import MAX_SITES, SITE_PATTERN

MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
MAX_MONTHS = 24
GIVERS = ("self", "guardian")


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's permission.

    Attributes:
        given_by: "self" or "guardian".
        given_on: the day it was given.
        expires: the day on which it no longer holds.
        sites: the sites it covers; ("*",) means all.
        document_sha256: hex SHA-256 of the signed document.
    """

    given_by: str
    given_on: date
    expires: date
    sites: tuple[str, ...]
    document_sha256: str

    @property
    def ends_at(self) -> datetime:
        """UTC moment from which it no longer holds."""
        return datetime.combine(self.expires, time.min, UTC)

    def live(self, now: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.given_on <= now.astimezone(UTC).date() and now < self.ends_at


@dataclass(frozen=True, slots=True)
class Document:
    """The signed consent document as read.

    Attributes:
        data: the bytes.
        suffix: the file's ending such as ``.pdf``, or empty.
    """

    data: bytes
    suffix: str

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


def read_document(path: Path | None) -> Document:
    """Read the consent document.

    Raises:
        ConsentError: there is none, it is empty or too large, or cannot be read.
    """
    if path is None:
        raise ConsentError(
            "No consent document was given.", "Scan the signed consent and give it with --consent."
        )
    try:
        with path.open("rb") as file:
            data = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise ConsentError(
            f"The consent document {path} cannot be read ({error.strerror}).",
            "Check its path and rights.",
        ) from error
    if not 0 < len(data) <= MAX_DOCUMENT_BYTES:
        size = "is empty" if not data else f"has more than {MAX_DOCUMENT_BYTES} bytes"
        raise ConsentError(
            f"The consent document {path} {size}.", "Give the scanned document as one file."
        )
    suffix = path.suffix.lower()
    return Document(data, suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else "")


def make_consent(
    document: Document,
    given_by: str,
    given_on: date,
    expires: date | None,
    sites: Sequence[str],
    now: datetime,
) -> Consent:
    """Check what the operator says about a consent.

    Raises:
        ConsentError: something is missing, or a day or site is not allowed.
    """
    end = _checked_end(given_on, expires, now.astimezone(UTC).date())
    if given_by not in GIVERS:
        raise ConsentError(
            f"Consent cannot be given by {given_by!r}.", f"Say one of {', '.join(GIVERS)}."
        )
    chosen = tuple(dict.fromkeys(sites))
    if not 1 <= len(chosen) <= MAX_SITES or not all(re.fullmatch(SITE_PATTERN, s) for s in chosen):
        raise ConsentError(
            f"The sites {', '.join(chosen) or '(none)'} are not usable.",
            f"Name 1 to {MAX_SITES} sites as in box.site (a-z, 0-9, . _ -), or '*' for all.",
        )
    return Consent(given_by, given_on, end, chosen, document.sha256)


def latest_end(given_on: date) -> date:
    """The last day a consent given on a day may name as its end: 24 months later."""
    day = 28 if (given_on.month, given_on.day) == (2, 29) else given_on.day
    return given_on.replace(year=given_on.year + MAX_MONTHS // 12, day=day)


def _checked_end(given_on: date, expires: date | None, today: date) -> date:
    if expires is None:
        raise ConsentError(
            "The consent has no end.", f"Give --expires, at most {MAX_MONTHS} months on."
        )
    if given_on > today:
        raise ConsentError(
            f"The consent was given on {given_on}, which is after today, {today} in UTC.",
            "Correct --given-on.",
        )
    if expires <= today:
        raise ConsentError(
            f"The consent ended on {expires}; today is {today}.", "Ask for a new consent."
        )
    if expires > latest_end(given_on):
        raise ConsentError(
            f"The consent ends on {expires}, more than {MAX_MONTHS} months after {given_on}.",
            f"Give an end until {latest_end(given_on)}.",
        )
    return expires
