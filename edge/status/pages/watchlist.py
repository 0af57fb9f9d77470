"""The watchlist in force: its lists, size, signatures, age, and who was erased.

The page's process has no key to the sealed list, so this page shows no name and no photo. For names
the operator goes on to :mod:`edge.status.pages.names`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.errors import SpoolError
from edge.status import words
from edge.status.access.roles import Access, Role
from edge.status.cards import delivery_words
from edge.status.context import Entry, PageContext, role_of
from edge.status.pages.names import lists_with_names
from edge.status.ports import ErasureLine
from edge.status.run_files import ListFile, read_list
from edge.status.snapshot import ProcessView, Snapshot

ENTRIES = (Entry("Watchlist", "/watchlist", Access.SIGNED_IN),)
ERASURES = 50
_ROLES = {
    "root": "Root: says which keys count",
    "targets": "Targets: sign the list itself",
    "snapshot": "Snapshot: binds its parts together",
    "timestamp": "Timestamp: says it is the newest",
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list in words."""

    name: str
    purpose: str
    people: str
    tells: str


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """One erasure in words."""

    when: str
    when_iso: str
    entry: str
    list_id: str
    version: str
    delivery: str
    tone: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One signed part in words."""

    title: str
    version: str
    signed: str
    until: str


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def live(role: Role | None) -> str:
        return _render(context)

    def show(request: Request) -> Response:
        named = lists_with_names(context) if role_of(request) is Role.OPERATOR else ()
        return context.render("watchlist.html", request, live="watchlist", named=named)

    context.live("watchlist", Access.SIGNED_IN, live)
    return [context.page("/watchlist", Access.SIGNED_IN, show)]


def entries_by_list(view: ProcessView) -> dict[str, int]:
    """Counts from the recogniser's words: ``guests 12, staff 3``."""
    counts = {}
    for part in (view.fact("entries_by_list") or "").split(", "):
        name, _, count = part.rpartition(" ")
        if name and count.isdecimal():
            counts[name] = int(count)
    return counts


def _render(context: PageContext) -> str:
    snapshot = context.observer.look()
    found = read_list(context.settings.box.run_dir)
    try:
        erasures, problem = context.observer.erasures(ERASURES), ""
    except SpoolError as error:
        erasures, problem = (), error.problem
    return context.renderer.html(
        "watchlist_live.html",
        found=found if found is not None and found.version else None,
        fault=found if found is not None and found.problem else None,
        facts=_facts(context, snapshot, found),
        lists=_list_rows(snapshot, found),
        roles=_role_rows(context, snapshot.taken_at, found),
        root=_grouped(found.root) if found else "",
        erasures=[_erasure(context, snapshot.taken_at, one) for one in erasures],
        erasures_waiting=found.erasures_waiting if found else 0,
        erasures_problem=problem,
    )


def _facts(
    context: PageContext, snapshot: Snapshot, found: ListFile | None
) -> list[tuple[str, str, str]]:
    """(label, value, quiet words) of the figures at the top."""
    people = snapshot.recognise.figure("watchlist_people")
    age_s = snapshot.report.figure("watchlist_age_s")
    facts = [
        ("People who can match now", words.number(people) if people is not None else "–", ""),
        ("Version", f"{found.version:,}" if found and found.version else "none", ""),
        (
            "Last asked the source",
            f"{words.duration(age_s)} ago" if age_s is not None else "not since the start",
            "",
        ),
    ]
    if found and found.expires_at:
        left_s = (found.expires_at - snapshot.taken_at).total_seconds()
        when = words.moment(found.expires_at, snapshot.taken_at, context.zone)
        left = f"in {words.duration(left_s)}" if left_s > 0 else "has expired: nobody matches"
        facts.append(("Expires", when, left))
    return facts


def _list_rows(snapshot: Snapshot, found: ListFile | None) -> list[ListRow]:
    counts = entries_by_list(snapshot.recognise)
    return [
        ListRow(
            one.list_id,
            one.purpose,
            words.count(counts[one.list_id], "entry", "entries")
            if one.list_id in counts
            else "not known",
            _tells(one.show_label, one.require_presence, one.evidence),
        )
        for one in (found.lists if found else ())
    ]


def _tells(show_label: bool, require_presence: bool, evidence: bool) -> str:
    said = ["Hits carry the name" if show_label else "Hits carry no name"]
    if require_presence:
        said.append("a picture held up is refused")
    if evidence:
        said.append("a sealed picture of the face is kept for review")
    return "; ".join(said) + "."


def _role_rows(context: PageContext, now: datetime, found: ListFile | None) -> list[RoleRow]:
    return [
        RoleRow(
            _ROLES[one.role],
            f"{one.version:,}",
            f"{words.count(one.signatures, 'signature')}, {one.threshold} needed of "
            f"{words.count(one.keys, 'key')}",
            words.moment(one.expires_at, now, context.zone),
        )
        for one in (found.roles if found else ())
    ]


def _erasure(context: PageContext, now: datetime, one: ErasureLine) -> ErasureRow:
    delivery, tone = delivery_words(one.delivery, by_receiver=context.by_receiver)
    return ErasureRow(
        words.moment(one.erased_at, now, context.zone),
        one.erased_at.isoformat(),
        one.entry_id,
        one.list_id,
        f"{one.version:,}",
        delivery,
        tone,
    )


def _grouped(digest: str) -> str:
    """A digest in groups of eight, to be compared by eye."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
