"""A photo reader and a register for tests.

A "photo" is a text file: ``ada 1`` is look 1 of Ada, ``ada 2 dark`` is too dark to use,
``nobody`` shows no face. Looks of one person are about 0.97 alike, two people about 0.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np

from edge.errors import PhotoError
from edge.register.consent import Document, make_consent
from edge.register.database import Enrolment, Register, create_register
from edge.register.enrol import Limits, Wish, add_list, enrol
from edge.register.keys import Secrets
from edge.register.photos import read_photos
from edge.register.rows import insert_enrolment
from edge.runtime.clock import Clock
from edge.values import Floats, ListInfo, PhotoTemplate, Quality
from edge.watchlist.quantise import quantise
from tests.fakes.watchlists import NOW, PACK, StillClock

DIMENSIONS = 64
GIVEN_ON = (NOW - timedelta(days=10)).date()
EXPIRES = (NOW + timedelta(days=100)).date()
FORM = Document(b"%PDF- I, Ada, agree.", ".pdf")


def face(name: str, look: int = 0) -> Floats:
    """A template of length 1."""
    base = np.random.default_rng(zlib.crc32(name.encode())).normal(size=DIMENSIONS)
    noise = np.random.default_rng(zlib.crc32(f"{name}{look}".encode())).normal(size=DIMENSIONS)
    mixed = base + (0.18 * noise if look else 0)
    unit: Floats = (mixed / np.linalg.norm(mixed)).astype(np.float32)
    return unit


class TextReader:
    """Implements the port :class:`edge.register.photos.PhotoReader`."""

    def __init__(self, pack: str = PACK) -> None:
        self.pack = pack

    def read(self, photo: Path) -> PhotoTemplate:
        words = photo.read_text().split()
        if words[0] == "nobody":
            raise PhotoError("It shows no face.", "Take a photo of one face from the front.")
        dark = "dark" in words
        reason = "mean brightness 21 is below 40" if dark else ""
        quality = Quality(
            90.0, 0.5, 21.0 if dark else 120.0, 40.0, 0.0, 0.0, 0.0 if dark else 1.0, reason
        )
        return PhotoTemplate(face(words[0], int(words[1])), quality)


def photos(folder: Path, *texts: str) -> list[Path]:
    """Write photos and return their paths."""
    paths = [folder / f"{text.replace(' ', '-')}.jpg" for text in texts]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def new_register(
    folder: Path, clock: Clock | None = None, secrets: Secrets | None = None
) -> Register:
    """A register with the lists ``guests`` (shows labels) and ``staff``."""
    register = create_register(folder, secrets or Secrets(None), clock or StillClock(), "olga")
    add_list(register, ListInfo("guests", "Greet our guests.", show_label=True))
    add_list(register, ListInfo("staff", "Open the door."))
    return register


def add(
    register: Register,
    folder: Path,
    name: str,
    *,
    list_id: str = "guests",
    texts: Sequence[str] = (),
    sites: Sequence[str] = ("*",),
    given_on: date = GIVEN_ON,
    expires: date = EXPIRES,
    new_person: bool = False,
    pack: str = PACK,
) -> Enrolment:
    """Enrol someone whose photos are ``<first name> 1``, ``2`` and ``3`` unless told."""
    looks = texts or [f"{name.split()[0].casefold()} {number}" for number in (1, 2, 3)]
    paths = photos(folder, *looks)
    consent = make_consent(FORM, "self", given_on, expires, sites, _moment(register))
    wish = Wish(name, list_id, consent, FORM, new_person)
    reader = TextReader(pack)
    return enrol(register, wish, reader.pack, read_photos(reader, paths), Limits())


def _moment(register: Register) -> datetime:
    return register.clock.utc().astimezone(UTC)


def populate(
    register: Register, count: int, *, dimensions: int = DIMENSIONS, seed: int = 0
) -> list[Enrolment]:
    """Enrol people with random templates and without documents, quickly."""
    random = np.random.default_rng(seed)
    rows = quantise(random.normal(size=(count, dimensions)).astype(np.float32))
    consent = make_consent(FORM, "self", GIVEN_ON, EXPIRES, ["*"], _moment(register))
    made = [
        Enrolment(
            entry_id=str(UUID(bytes=random.bytes(16))),
            person_id=str(UUID(bytes=random.bytes(16))),
            list_id="staff",
            name=f"Person {number}",
            consent=consent,
            pack=PACK,
            added_at=_moment(register),
            templates=row[None],
        )
        for number, row in enumerate(rows)
    ]
    with register.change():
        register.set_setting("pack", PACK)
        for one in made:
            insert_enrolment(register.run, one)
    return made


def as_first_release(folder: Path) -> None:
    """Turn a closed register's database into what the first schema was."""
    with closing(sqlite3.connect(folder / "register.sqlite")) as raw:
        for table in ("earlier_consents", "bulk_rows", "staged_templates"):
            raw.execute(f"DROP TABLE {table}")
        for _, column, *_ in raw.execute("PRAGMA table_info(lists)").fetchall():
            if column not in ("list_id", "purpose", "show_label"):
                raw.execute(f"ALTER TABLE lists DROP COLUMN {column}")
        raw.execute("PRAGMA user_version = 1")
