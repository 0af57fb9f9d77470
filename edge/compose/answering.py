"""What the ``recognise`` process opens for the page on request: sealed pictures of hits, and the
names on a list. This process alone has keys and list and no network.
"""

from __future__ import annotations

from pydantic import TypeAdapter

from edge.compose import box
from edge.processes.answering import Answering, Matter
from edge.report.spool import SpoolView
from edge.report.spool_evidence import opened
from edge.runtime.answer_file import NAMES_WISH, PICTURE_WISH, Answer, names, pictures
from edge.runtime.audit import AuditLog
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.runtime.wish_file import WishFile
from edge.values.names import NamesOnList
from edge.watchlist.watched import BackgroundGallery

PICTURES_KEPT_S = 60.0
NAMES_KEPT_S = 180.0
_NAMES: TypeAdapter[NamesOnList] = TypeAdapter(NamesOnList)
_NO_PICTURE = Answer(
    b"",
    "No picture of this hit is kept any more.",
    "Pictures go after spool.keep_evidence, when room is needed, and when the person withdraws.",
)
_NO_NAMES = Answer(
    b"",
    "This box knows no names of this list.",
    "Only lists made with --show-label bring names to boxes; the register knows the others.",
)


def make_answering(
    settings: Settings, clock: Clock, gallery: BackgroundGallery
) -> tuple[Answering, ...]:
    """What answers the page's wishes."""
    run_dir, audit = settings.box.run_dir, audit_log(settings)
    return (
        Answering(
            _hit_pictures(settings),
            wishes_of(settings, PICTURE_WISH, clock),
            pictures(run_dir),
            audit,
            clock,
        ),
        Answering(
            _names(gallery), wishes_of(settings, NAMES_WISH, clock), names(run_dir), audit, clock
        ),
    )


def wishes_of(settings: Settings, name: str, clock: Clock) -> WishFile:
    """Wishes of one kind that the page leaves."""
    return WishFile(settings.box.run_dir / "status" / name, clock)


def audit_log(settings: Settings) -> AuditLog:
    """Where this process writes down what it showed."""
    return AuditLog(settings.box.state_dir / "preview-audit.log")


def _hit_pictures(settings: Settings) -> Matter:
    view, key = SpoolView(box.spool_file(settings)), box.evidence_key(settings)

    def open_picture(hit_id: str) -> bytes | None:
        sealed = view.sealed_picture(hit_id)
        return None if sealed is None else opened(key, hit_id, sealed)

    return Matter("hit", "hit-picture-opened", PICTURES_KEPT_S, open_picture, _NO_PICTURE)


def _names(gallery: BackgroundGallery) -> Matter:
    def open_names(list_id: str) -> bytes | None:
        found = gallery.names(list_id)
        return None if found is None else _NAMES.dump_json(found)

    return Matter("list", "names-opened", NAMES_KEPT_S, open_names, _NO_NAMES)
