"""What the ``recognise`` process shows the page on request: the preview, with the detector that
finds what it has to hide, and sealed pictures of hits.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.compose import box
from edge.processes.hit_pictures import HitPictures
from edge.processes.preview import Preview, PreviewLimits
from edge.processes.unblur import Unblurring
from edge.recognise.pack import Pack
from edge.recognise.ports import Detector
from edge.report.spool import SpoolView
from edge.report.spool_evidence import opened
from edge.runtime.audit import AuditLog
from edge.runtime.clock import Clock
from edge.runtime.hit_picture_file import WISH
from edge.runtime.preview_file import UNBLUR, WANTED
from edge.runtime.setting_tables import Settings

EAGER_SCORE = 0.25  # far below what recognition takes for a face
EAGER_FACES = 200


def eager(pack: Pack) -> Pack:
    """The pack with a detector that rather takes too much for a face than too little."""
    stated = pack.manifest.detector
    detector = stated.model_copy(
        update={
            "score_threshold": min(EAGER_SCORE, stated.score_threshold),
            "max_faces": max(EAGER_FACES, stated.max_faces),
            "second_look": None,
        }
    )
    return Pack(pack.folder, pack.manifest.model_copy(update={"detector": detector}))


def make_preview(
    settings: Settings,
    pack: Pack,
    clock: Clock,
    make_detector: Callable[[Pack, int], Detector],
) -> Preview:
    """The preview; loads its detector when somebody looks for the first time."""
    run_dir = settings.box.run_dir
    requests = run_dir / "status"
    picture, quality = pack.manifest.detector.input, pack.manifest.quality
    return Preview(
        run_dir,
        requests / WANTED,
        lambda: make_detector(eager(pack), settings.pack.threads),
        PreviewLimits(
            picture.width, picture.height, quality.min_inter_eye_px, quality.full_inter_eye_px
        ),
        Unblurring(requests / UNBLUR, run_dir, _audit(settings), clock),
        clock,
    )


def make_hit_pictures(settings: Settings, clock: Clock) -> HitPictures:
    """What opens sealed pictures of hits; this process alone has their key."""
    run_dir = settings.box.run_dir
    view, key = SpoolView(box.spool_file(settings)), box.evidence_key(settings)

    def open_picture(hit_id: str) -> bytes | None:
        sealed = view.sealed_picture(hit_id)
        return None if sealed is None else opened(key, hit_id, sealed)

    return HitPictures(run_dir / "status" / WISH, run_dir, open_picture, _audit(settings), clock)


def _audit(settings: Settings) -> AuditLog:
    return AuditLog(settings.box.state_dir / "preview-audit.log")
