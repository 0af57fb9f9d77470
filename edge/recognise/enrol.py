"""One enrolment photo to one template, with reasons when that cannot be done.

In: a photo as a frame. Out: a template and what was measured. Always: exactly one face of a
usable size and sharpness, or a :class:`edge.errors.PhotoError` that says which and by how much.
The photo is only read.
"""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np

from edge.errors import PhotoError
from edge.recognise.align import Aligner
from edge.recognise.pack import Manifest
from edge.recognise.ports import Detector, Embedder
from edge.recognise.quality import measure
from edge.values import Bytes, Detection, Frame, PhotoTemplate

_AFAR_PX = 2048
_LEAST_PX = 8  # doubled it is the least side a frame may have
_RIVAL = 0.5  # a second face at least this large, against the first, makes a photo ambiguous
# An enrolment photo is worth more than a look, so it has to be sharper than the pack asks of a
# look. Of 140 photos of LFW none is below this; blurred by a tenth of the distance between the
# eyes four in five are.
_MIN_SHARPNESS = 0.3


class Enroller:
    """Makes templates of photos.

    Args:
        detector: finds faces.
        embedder: makes templates.
        manifest: the pack's limits.
    """

    def __init__(self, detector: Detector, embedder: Embedder, manifest: Manifest) -> None:
        self._detector = detector
        self._embedder = embedder
        sharper = max(manifest.quality.min_sharpness, _MIN_SHARPNESS)
        self._limits = manifest.quality.model_copy(update={"min_sharpness": sharper})
        self._aligner = Aligner(manifest.embedder)

    def enrol(self, photo: Frame) -> PhotoTemplate:
        """Make a template of the one face in a photo.

        Raises:
            PhotoError: no face, several faces, or a face that is not usable.
        """
        face = self._only_face(photo)
        chip = self._aligner.chip(photo, face.landmarks)
        quality = measure(face, chip, self._limits)
        if quality.reason:
            raise PhotoError(quality.reason, "Take another photo: frontal, near, well lit, sharp.")
        return PhotoTemplate(self._embedder.embed([chip])[0], quality)

    def _look_from_afar(self, photo: Frame) -> tuple[Detection, ...]:
        seen, step = _from_afar(photo)
        return tuple(_enlarged(face, step) for face in self._detector.detect(seen))

    def _only_face(self, photo: Frame) -> Detection:
        # A face that fills the photo is larger than any in a camera's view: look again from
        # twice as far away.
        faces = self._detector.detect(photo) or self._look_from_afar(photo)
        if not faces:
            raise PhotoError(
                "No face was found: 0 faces, exactly 1 is needed.",
                "Take a photo in which the face fills about a third.",
            )
        by_size = sorted(faces, key=lambda face: -face.inter_eye_px)
        rivals = [f for f in by_size[1:] if f.inter_eye_px >= _RIVAL * by_size[0].inter_eye_px]
        if rivals:
            raise PhotoError(
                f"There are {1 + len(rivals)} faces of similar size: the second is "
                f"{rivals[0].inter_eye_px / by_size[0].inter_eye_px:.2f} of the first, less than "
                f"{_RIVAL:g} is needed.",
                "Cut the photo so that only the person to enrol is in it.",
            )
        return by_size[0]


def _from_afar(photo: Frame) -> tuple[Frame, int]:
    """The photo in the corner of a frame twice as large, and how often its pixels were thinned.

    A detector looks at a small picture anyway; thinning first bounds the memory.
    """
    longest = max(photo.width, photo.height)
    step = 2 ** max(0, math.ceil(math.log2(longest / _AFAR_PX)))

    rows, columns = (max(_LEAST_PX, side // step // 2 * 2) for side in (photo.height, photo.width))

    def grown(plane: Bytes, part: int) -> Bytes:
        size = (columns // part, rows // part)
        thin = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
        return np.pad(thin, ((0, size[1]), (0, size[0])), mode="edge")

    seen = dataclasses.replace(
        photo, y=grown(photo.y, 1), u=grown(photo.u, 2), v=grown(photo.v, 2), small_y=None
    )
    return seen, step


def _enlarged(face: Detection, step: int) -> Detection:
    left, top, width, height = (value * step for value in face.box)
    return Detection((left, top, width, height), face.landmarks * np.float32(step), face.score)
