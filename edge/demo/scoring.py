"""Compares the hits that came over MQTT with the clip's truth.

A hit is right when its entry is that of a person who is in the picture at the deciding frame.
Everybody enrolled who walks through is expected once (the clip is shorter than the re-alert
interval). Everything else is false.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.demo.truth import Appearance
from edge.report.messages import ReceivedHit


@dataclass(frozen=True, slots=True)
class Score:
    """How the hits compare with the truth.

    Attributes:
        expected: keys of enrolled people who walk through, in order.
        got: the hit of each person recognised rightly.
        missed: keys of those without a hit.
        false: hits of nobody who was there.
    """

    expected: tuple[str, ...]
    got: Mapping[str, ReceivedHit]
    missed: tuple[str, ...]
    false: tuple[ReceivedHit, ...]


def score(
    hits: Sequence[ReceivedHit],
    key_of_entry: Mapping[str, str],
    appearances: Sequence[Appearance],
) -> Score:
    """Compare hits with the truth.

    Args:
        hits: as received.
        key_of_entry: the person's key for each enrolled entry id.
        appearances: who is in the clip when.
    """
    enrolled = set(key_of_entry.values())
    expected = tuple(dict.fromkeys(a.key for a in appearances if a.key in enrolled))
    got: dict[str, ReceivedHit] = {}
    false: list[ReceivedHit] = []
    for hit in hits:
        key = key_of_entry.get(hit.entry_id)
        if key is None or key in got or not _present(key, hit.frame_index, appearances):
            false.append(hit)
        else:
            got[key] = hit
    missed = tuple(key for key in expected if key not in got)
    return Score(expected, got, missed, tuple(false))


def _present(key: str, frame: int, appearances: Sequence[Appearance]) -> bool:
    return any(a.key == key and a.first_frame <= frame <= a.last_frame for a in appearances)
