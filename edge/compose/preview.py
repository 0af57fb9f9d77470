"""The preview of the ``recognise`` process, and the detector that finds what it has to hide."""

from __future__ import annotations

from collections.abc import Callable

from edge.processes.preview import Preview, PreviewLimits
from edge.processes.unblur import Unblurring
from edge.recognise.pack import Pack
from edge.recognise.ports import Detector
from edge.runtime.audit import AuditLog
from edge.runtime.clock import Clock
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
    run_dir, state_dir = settings.box.run_dir, settings.box.state_dir
    requests = run_dir / "status"
    picture, quality = pack.manifest.detector.input, pack.manifest.quality
    return Preview(
        run_dir,
        requests / WANTED,
        lambda: make_detector(eager(pack), settings.pack.threads),
        PreviewLimits(
            picture.width, picture.height, quality.min_inter_eye_px, quality.full_inter_eye_px
        ),
        Unblurring(requests / UNBLUR, run_dir, AuditLog(state_dir / "preview-audit.log"), clock),
        clock,
    )
