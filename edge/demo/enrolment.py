"""The operator's part of the demo: a register with consents, and a signed repository.

Does through the same functions what ``watchpost register init``, ``add`` and ``publish`` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.demo.truth import DemoPerson
from edge.register.consent import make_consent, read_document
from edge.register.database import Register, create_register
from edge.register.enrol import Limits, Wish, add_list, enrol
from edge.register.keys import ROOT_FILE, Secrets
from edge.register.photos import PhotoReader, read_photos
from edge.register.publish import Published, publish
from edge.runtime.clock import Clock
from edge.values import ListInfo

SITE = "demo"
LIST = ListInfo("guests", "Greet guests of the demo who asked to be greeted.", show_label=True)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of one enrolment."""

    person: DemoPerson
    entry_id: str
    usable: int
    photos: int


class DemoRegister:
    """A register in a folder of its own.

    Args:
        folder: made for it.
        reader: reads photos with the real models.
        clock: time.
    """

    def __init__(self, folder: Path, reader: PhotoReader, clock: Clock) -> None:
        self._folder = folder
        self._reader = reader
        self._clock = clock
        secrets = Secrets(root="correct horse battery")
        self.register: Register = create_register(folder, secrets, clock, "demo")
        add_list(self.register, LIST)

    @property
    def root(self) -> Path:
        """What a box must be given to trust the repository."""
        return self._folder / ROOT_FILE

    def enrol_all(self, chosen: tuple[DemoPerson, ...]) -> Iterator[Enrolled]:
        """Enrol people with their photos and a consent document each."""
        for person in chosen:
            yield self.enrol(person)

    def enrol(self, person: DemoPerson, lasting: timedelta = timedelta(days=365)) -> Enrolled:
        """Enrol one person."""
        document = self._folder / f"consent-{person.key}.txt"
        document.write_text(f"I, {person.name}, want to be recognised by this demo.\n")
        now = self._clock.utc()
        consent_file = read_document(document)
        consent = make_consent(
            consent_file, "self", now.date(), (now + lasting).date(), (SITE,), now
        )
        photos = person.photos()
        outcomes = read_photos(self._reader, photos)
        wish = Wish(person.name, LIST.list_id, consent, consent_file)
        entry = enrol(self.register, wish, self._reader.pack, outcomes, Limits())
        usable = sum(outcome.template is not None for outcome in outcomes)
        return Enrolled(person, entry.entry_id, usable, len(photos))

    def publish(self, destination: Path) -> Published:
        """Sign and write the repository."""
        return publish(self.register, destination, timedelta(days=30))
