"""Who is enrolled with which pictures, and which pictures are probes: an open-set protocol.

In: the pictures of each person in order. Out: a plan. A person with at least K + M pictures is
enrolled with the first K; the others are mated probes of M pictures each, and a remainder
smaller than M is dropped. A person with fewer is one non-mated probe of the first M pictures, or
of all when there are fewer. Terms as in ISO/IEC 19795-1:2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.errors import ConfigError
from edge.eval.people import Pictures

MAX_ENROL = 20
MAX_FRAMES = 100


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One person of the gallery.

    Attributes:
        photos: the K pictures the template is made of.
        probes: mated probes, M pictures each.
    """

    photos: Pictures
    probes: tuple[Pictures, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared with what.

    Attributes:
        enrol: pictures a person is enrolled with, K.
        frames: pictures fused to a probe, M.
        gallery: the enrolled people.
        strangers: a non-mated probe for each person who is not enrolled, 1 to M pictures.
        unused: pictures in no probe: remainders smaller than M, and those of strangers after M.
    """

    enrol: int
    frames: int
    gallery: tuple[Enrolled, ...]
    strangers: tuple[Pictures, ...]
    unused: int

    @property
    def photos(self) -> Pictures:
        """All enrolment pictures."""
        return tuple(photo for one in self.gallery for photo in one.photos)

    @property
    def probes(self) -> Pictures:
        """All probe pictures, mated and non-mated."""
        mated = tuple(p for one in self.gallery for probe in one.probes for p in probe)
        return mated + tuple(p for probe in self.strangers for p in probe)


def make_plan(people: Sequence[Pictures], enrol: int, frames: int) -> Plan:
    """Split people into a gallery and strangers.

    Raises:
        ConfigError: K or M is out of range, or there would be no gallery or no strangers.
    """
    if not (1 <= enrol <= MAX_ENROL and 1 <= frames <= MAX_FRAMES):
        raise ConfigError(
            f"--enrol {enrol} --frames {frames} is out of range.",
            f"Give --enrol 1 to {MAX_ENROL} and --frames 1 to {MAX_FRAMES}.",
        )
    chosen = [pictures for pictures in people if len(pictures) >= enrol + frames]
    others = [pictures for pictures in people if 0 < len(pictures) < enrol + frames]
    if not chosen or not others:
        raise ConfigError(
            f"Of {len(people)} people {len(chosen)} have at least {enrol + frames} pictures and "
            f"{len(others)} fewer; an open-set measurement needs some of both.",
            "Add people, or change --enrol and --frames.",
        )
    gallery = tuple(_enrolled(pictures, enrol, frames) for pictures in chosen)
    strangers = tuple(pictures[:frames] for pictures in others)
    used = sum(len(one.photos) + frames * len(one.probes) for one in gallery)
    total = sum(len(pictures) for pictures in people)
    return Plan(enrol, frames, gallery, strangers, total - used - sum(map(len, strangers)))


def _enrolled(pictures: Pictures, enrol: int, frames: int) -> Enrolled:
    rest = pictures[enrol:]
    whole = len(rest) // frames * frames
    probes = tuple(rest[at : at + frames] for at in range(0, whole, frames))
    return Enrolled(pictures[:enrol], probes)
