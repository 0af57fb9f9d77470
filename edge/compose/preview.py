"""The previews that the ``recognise`` process shows on request, with the detector that finds what
they have to hide.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from edge.compose.answering import audit_log, wishes_of
from edge.processes.preview import Preview, PreviewLimits
from edge.processes.previews import Previews
from edge.processes.unblur import Unblurring
from edge.recognise.pack import Pack
from edge.recognise.ports import Detector
from edge.runtime.clock import Clock
from edge.runtime.preview_file import UNBLUR
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


def make_previews(
    settings: Settings,
    pack: Pack,
    clock: Clock,
    make_detector: Callable[[Pack, int], Detector],
) -> Previews:
    """A preview for each camera; they share a detector, loaded when somebody first looks."""
    run_dir = settings.box.run_dir
    picture, quality = pack.manifest.detector.input, pack.manifest.quality
    limits = PreviewLimits(
        picture.width, picture.height, quality.min_inter_eye_px, quality.full_inter_eye_px
    )
    unblurring = Unblurring(wishes_of(settings, UNBLUR, clock), run_dir, audit_log(settings), clock)

    @functools.cache
    def detector() -> Detector:
        return make_detector(eager(pack), settings.pack.threads)

    names = [camera.name for camera in settings.all_cameras]
    made = {name: Preview(name, run_dir, detector, limits, unblurring, clock) for name in names}
    return Previews(run_dir, made)
