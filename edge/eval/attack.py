"""How often a picture held up passes for a person, and how often a person does not.

In: a folder of films, a folder inside it for each kind: ``bona_fide…`` are people before the
camera, every other is a species of attack; a film is one presentation, of its most often seen
face. Out: counts in the terms of ISO/IEC 30107-3. Always: a presentation is accepted when presence
is shown at any moment of it, as on a box; who it is plays no part. A film without a face, or one
too short, is a non-response, which is no acceptance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.errors import CaptureError, ConfigError
from edge.eval.instruments import Instruments, Progress
from edge.recognise.pack import PresenceLimits
from edge.recognise.presence import Finding, Presence, Reason
from edge.recognise.track import Tracker

BONA_FIDE = "bona_fide"
ENDINGS = (".mp4", ".mkv", ".mov", ".avi", ".webm")
MAX_FILMS = 100_000
_TRACK_TIMEOUT_S = 1.0
_NO_FACE = "no face found"
_UNREADABLE = "unreadable"
_NO_RESPONSE = frozenset({str(Reason.FEW), _NO_FACE, _UNREADABLE})


@dataclass(slots=True)
class Kind:
    """Presentations of one kind.

    Attributes:
        outcomes: how many ended how; "" is accepted.
    """

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def presentations(self) -> int:
        """How many there were."""
        return self.outcomes.total()

    @property
    def accepted(self) -> int:
        """How many were taken for a person."""
        return self.outcomes[str(Reason.NONE)]

    @property
    def no_response(self) -> int:
        """How many gave nothing to decide on."""
        return sum(self.outcomes[reason] for reason in _NO_RESPONSE)


def films_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The films of each kind, by name.

    Raises:
        ConfigError: there are none, none of people, or too many.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*/*")):
        if path.suffix.lower() in ENDINGS:
            found[path.parent.name].append(path)
    total = sum(map(len, found.values()))
    if not 0 < total <= MAX_FILMS or not any(kind.startswith(BONA_FIDE) for kind in found):
        raise ConfigError(
            f"{folder} holds {total} films; 1 to {MAX_FILMS} are needed, some of them of people.",
            f"Make a folder {BONA_FIDE} of films of people and a folder for each kind of attack.",
        )
    return {kind: tuple(paths) for kind, paths in found.items()}


def measure_attacks(
    instruments: Instruments,
    limits: PresenceLimits | None,
    films: Mapping[str, tuple[Path, ...]],
    progress: Progress,
) -> dict[str, Kind]:
    """Watch all films.

    Args:
        instruments: the pack's stages.
        limits: the pack's.
        films: by kind.
        progress: told how far it is.
    """
    kinds: dict[str, Kind] = {}
    done, total = 0, sum(map(len, films.values()))
    for kind, paths in films.items():
        kinds[kind] = Kind()
        for path in paths:
            progress("watching", done, total)
            kinds[kind].outcomes[watched(instruments, limits, path)] += 1
            done += 1
    progress("watching", total, total)
    return kinds


def watched(instruments: Instruments, limits: PresenceLimits | None, film: Path) -> str:
    """How a presentation ended: "" accepted, else why not."""
    findings: dict[int, list[Finding]] = defaultdict(list)
    try:
        for number, finding in _findings(instruments, limits, film):
            findings[number].append(finding)
    except CaptureError:
        return _UNREADABLE
    seen = max(findings.values(), key=len, default=[])
    if not seen:
        return _NO_FACE
    shown = any(finding.present for finding in seen)
    return str(Reason.NONE if shown else seen[-1].reason)


def _findings(
    instruments: Instruments, limits: PresenceLimits | None, film: Path
) -> Iterator[tuple[int, Finding]]:
    tracker, tracks = Tracker(_TRACK_TIMEOUT_S), dict[int, Presence]()
    for frame in instruments.play(film):
        sightings, _ = tracker.update(frame, instruments.detector.detect(frame))
        for one in sightings:
            presence = tracks.setdefault(one.track.number, Presence(limits))
            presence.observe(frame, one.detection)
            yield one.track.number, presence.find()


@dataclass(frozen=True, slots=True)
class AttackReport:
    """A finished measurement.

    Attributes:
        pack: ``id@version``.
        kinds: by name.
    """

    pack: str
    kinds: Mapping[str, Kind]

    def as_json(self) -> dict[str, Any]:
        """The whole report; APCER is that of the worst species."""
        attacks = {n: k for n, k in self.kinds.items() if not n.startswith(BONA_FIDE)}
        people = {n: k for n, k in self.kinds.items() if n.startswith(BONA_FIDE)}
        rates = {name: kind.accepted / kind.presentations for name, kind in attacks.items()}
        total = sum(kind.presentations for kind in people.values())
        silent = sum(kind.no_response for kind in people.values())
        accepted = sum(kind.accepted for kind in people.values())
        return {
            "schema": 1,
            "pack": self.pack,
            "apcer_by_species": rates,
            "apcer": max(rates.values(), default=None),
            "bpcer": (total - silent - accepted) / total,
            "bpnrr": silent / total,
            "kinds": {
                name: {
                    "presentations": kind.presentations,
                    "accepted": kind.accepted,
                    "no_response": kind.no_response,
                    "outcomes": {key or "accepted": n for key, n in sorted(kind.outcomes.items())},
                }
                for name, kind in self.kinds.items()
            },
        }

    def lines(self) -> list[str]:
        """The report for people."""
        tree = self.as_json()
        rows = [f"Pack {self.pack}.", f"{'':34}{'films':>8}{'accepted':>10}{'no response':>13}"]
        rows += [
            f"{name:34}{kind.presentations:>8}{kind.accepted:>10}{kind.no_response:>13}"
            for name, kind in sorted(self.kinds.items())
        ]
        worst = "-" if tree["apcer"] is None else f"{tree['apcer']:.3f}"
        return [
            *rows,
            f"APCER of the worst species {worst}; BPCER {tree['bpcer']:.3f}, of people without a "
            f"response {tree['bpnrr']:.3f} more.",
        ]
