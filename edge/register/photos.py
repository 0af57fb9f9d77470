"""Enrolment photos: which can be used, which not and why, and whether they show one person.

In: paths of photos and a reader (the models, behind a port). Out: an outcome for each photo.
Always: a photo that cannot be used says why in numbers; the same picture counts once; the
photos themselves are never stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from edge.errors import PhotoError
from edge.values import Floats, PhotoTemplate

MAX_PHOTOS = 20
MAX_PHOTO_BYTES = 64 * 1024 * 1024


class PhotoReader(Protocol):
    """Turns a photo of one face into a template.

    Attributes:
        pack: ``id@version`` of the pack that makes the templates.
    """

    @property
    def pack(self) -> str:
        """``id@version`` of the pack that makes the templates."""
        ...

    def read(self, photo: Path) -> PhotoTemplate:
        """Find the face and make its template.

        Raises:
            PhotoError: it is no picture, or does not show exactly one face.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: a template or a problem, never both.

    Attributes:
        photo: the path as given.
        template: (dimensions,) float32 of length 1, or None.
        problem: why it cannot be used, or None.
    """

    photo: Path
    template: Floats | None
    problem: PhotoError | None


def read_photos(reader: PhotoReader, photos: Sequence[Path]) -> tuple[Outcome, ...]:
    """Read each photo; a photo that cannot be used does not stop the others.

    Raises:
        PhotoError: there are no photos, or too many.
    """
    if not 1 <= len(photos) <= MAX_PHOTOS:
        raise PhotoError(
            f"{len(photos)} photos were given; an enrolment takes 1 to {MAX_PHOTOS}.",
            "Give three or more good photos with --photo.",
        )
    seen: dict[str, Path] = {}
    return tuple(_outcome(reader, photo, seen) for photo in photos)


def check_one_person(outcomes: Sequence[Outcome], limit: float) -> None:
    """Refuse photos that do not all show the same person.

    Args:
        outcomes: the usable ones.
        limit: the least cosine of a photo's template to the mean of the others.

    Raises:
        PhotoError: at least one is below the limit; the message has the numbers.
    """
    rows = np.stack([x.template for x in outcomes if x.template is not None])
    if len(rows) < 2:
        return
    others = rows.sum(axis=0) - rows
    cosines = np.einsum("ij,ij->i", rows, others) / np.linalg.norm(others, axis=1)
    low = [i for i in np.argsort(cosines) if cosines[i] < limit]
    if low:
        said = ", ".join(f"{outcomes[i].photo} ({cosines[i]:.3f})" for i in low)
        raise PhotoError(
            "The photos seem to show different people: these are less than "
            f"{limit:.3f} alike to the mean of the others: {said}.",
            "Leave out the photos that show someone else.",
        )


def _outcome(reader: PhotoReader, photo: Path, seen: dict[str, Path]) -> Outcome:
    try:
        digest = _digest(photo)
        if digest in seen:
            raise PhotoError(
                f"It is the same picture as {seen[digest]}.", "Give each picture once."
            )
        seen[digest] = photo
        read = reader.read(photo)
    except PhotoError as error:
        return Outcome(photo, None, error)
    if read.quality.weight == 0.0:
        problem = PhotoError(
            f"{read.quality.reason[:1].upper()}{read.quality.reason[1:]}.".replace("..", "."),
            "Take a sharp, evenly lit photo from the front.",
        )
        return Outcome(photo, None, problem)
    return Outcome(photo, read.template, None)


def _digest(photo: Path) -> str:
    try:
        size = photo.stat().st_size
        if not photo.is_file() or not 0 < size <= MAX_PHOTO_BYTES:
            raise PhotoError(
                f"It has {size} bytes; a photo is a file of 1 to {MAX_PHOTO_BYTES}.",
                "Give a JPEG or PNG file.",
            )
        with photo.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PhotoError(f"It cannot be read ({error.strerror}).", "Check its path.") from error
