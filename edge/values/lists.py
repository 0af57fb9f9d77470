"""Lists of consenting people, and what a search over them gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.values.checks import Floats, aware, need


@dataclass(frozen=True, slots=True)
class ListInfo:
    """A watchlist's scope: what it is for and how much a hit may say.

    Attributes:
        list_id: short name, used in topics and settings.
        purpose: one sentence people consented to.
        show_label: whether hits carry the person's label.
        require_presence: whether a hit needs a person before the camera, not a picture held up.
        evidence: whether a box keeps a picture of the face with a hit, encrypted and for a time.
    """

    list_id: str
    purpose: str
    show_label: bool = False
    require_presence: bool = False
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's enrolment on one list, as published to boxes.

    Attributes:
        entry_id: opaque id of this enrolment.
        person_id: opaque id of the person; the same person may stand on several lists.
        list_id: the list it belongs to.
        label: what to call the person, or None.
        sites: the sites the consent covers; ("*",) means all.
        consent_expires: UTC end of the consent; the entry cannot match from then on.
        templates: (k, dimensions) float32, rows of length 1, k >= 1.
    """

    entry_id: str
    person_id: str
    list_id: str
    label: str | None
    sites: tuple[str, ...]
    consent_expires: datetime
    templates: Floats

    def __post_init__(self) -> None:
        aware(self.consent_expires, "consent_expires")
        need(self.templates.ndim == 2 and len(self.templates) > 0, "templates must be (k, n)")
        need(bool(self.sites), "a consent names its sites")

    def covers(self, site: str) -> bool:
        """Whether the consent covers a site."""
        return "*" in self.sites or site in self.sites


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A verified set of entries.

    Attributes:
        version: rises with every publishing; a box never goes back.
        issued_at: UTC time of publishing.
        expires_at: UTC time from which a box no longer trusts it.
        pack: ``id@version`` of the pack that made the templates.
        lists: the lists that entries may name.
        entries: live entries at the time of publishing.
    """

    version: int
    issued_at: datetime
    expires_at: datetime
    pack: str
    lists: tuple[ListInfo, ...]
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        aware(self.issued_at, "issued_at")
        aware(self.expires_at, "expires_at")
        known = {one.list_id for one in self.lists}
        need(all(e.list_id in known for e in self.entries), "an entry names an unknown list")


@dataclass(frozen=True, slots=True)
class EntryRef:
    """What a decision needs to know of an entry: no template, no photo.

    Attributes as in :class:`Entry`; ``label`` is None unless the list shows labels;
    ``needs_presence`` is the list's ``require_presence``, ``keep_picture`` its ``evidence``.
    """

    entry_id: str
    list_id: str
    label: str | None
    needs_presence: bool = False
    keep_picture: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whose templates are near a probe.

    Attributes:
        person_id: who.
        score: cosine similarity, -1..1, of the probe and the person's best template.
        entries: the person's live, in-scope entries, at least one.
    """

    person_id: str
    score: float
    entries: tuple[EntryRef, ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """A withdrawn entry's template is gone from this box.

    Attributes:
        entry_id: whose.
        list_id: the list it stood on.
        version: version of the watchlist that withdrew it.
        erased_at: UTC time.
    """

    entry_id: str
    list_id: str
    version: int
    erased_at: datetime

    def __post_init__(self) -> None:
        aware(self.erased_at, "erased_at")
