"""The best two people among some rows, exactly.

In: rows by part and place, and int8 probes. Out: for each probe at most two matches, best first.
Always: a person's score is that of the best live row, whichever parts the rows lie in; equal
scores go to the lower person id; a score is bit for bit what ``part.py`` says. Copies of rows are
overwritten with zeros when they are let go. Which rows to look at is the caller's matter.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numkong
import numpy as np

from edge.values import Floats
from edge.watchlist.part import Alive, Numbers, Part
from edge.watchlist.quantise import Int8s, lengths

BEST_PEOPLE = 2
NOTHING = np.float32(-np.inf)


class Match(NamedTuple):
    """A person found in a part, by the score of the best row.

    Attributes:
        score: not yet divided by the probe's length.
        person_id: who.
        part: where the best row lies.
        person: the person's place in that part.
    """

    score: np.float32
    person_id: str
    part: Part
    person: int


def best_of(*matches: Match) -> tuple[Match, ...]:
    """The best two people of some matches, each person once, equal scores by person id."""
    best: dict[str, Match] = {}
    for match in sorted(matches, key=lambda match: (-match.score, match.person_id)):
        best.setdefault(match.person_id, match)
    return tuple(best.values())[:BEST_PEOPLE]


def reached(found: tuple[Match, ...]) -> np.float32:
    """Lower scores do not change what was found."""
    return found[-1].score if len(found) == BEST_PEOPLE else NOTHING


class Gathered:
    """Copies of some rows, with whom they belong to.

    Args:
        chosen: rows by part.
    """

    def __init__(self, chosen: Sequence[tuple[Part, Numbers]]) -> None:
        self._parts = [part for part, _ in chosen]
        self._places = [places for _, places in chosen]
        self._ends = np.cumsum([len(places) for places in self._places])
        rows = [part.rows(places) for part, places in chosen]
        self._rows = np.concatenate(rows) if rows else np.empty((0, 0), np.int8)
        self._scale: Floats = 1.0 / lengths(self._rows)
        weakref.finalize(self, self._rows.fill, 0).atexit = False

    def best(
        self, probes: Int8s, alive: Sequence[Alive | None], before: Sequence[tuple[Match, ...]]
    ) -> list[tuple[Match, ...]]:
        """For each probe the best two people among the rows and those that were found before.

        Args:
            probes: (n, dimensions) int8.
            alive: for each part of the rows (entries,) whose rows count; None: all.
            before: for each probe what was found before.
        """
        if not len(self._rows):
            return list(before)
        dots = np.asarray(numkong.dots_packed(self._rows, numkong.dots_pack(probes)))
        scores = dots.T.astype(np.float32, order="C") * self._scale
        if any(mask is not None for mask in alive):
            scores[:, ~self._alive(alive)] = NOTHING
        return [
            best_of(*found, *self._first(row, reached(found)))
            for row, found in zip(scores, before, strict=True)
        ]

    def _alive(self, alive: Sequence[Alive | None]) -> Alive:
        rows = zip(self._parts, self._places, alive, strict=True)
        return np.concatenate(
            [
                np.ones(len(places), np.bool_) if mask is None else mask[part.entries(places)]
                for part, places, mask in rows
            ]
        )

    def _first(self, scores: Floats, least: np.float32) -> tuple[Match, ...]:
        """The best two people; who scores less than ``least`` may be left out."""
        found: tuple[Match, ...] = ()
        while (score := scores.max()) > NOTHING and score >= least:
            tied = np.flatnonzero(scores == score)
            found = best_of(*found, *self._lowest(tied, score))
            least = max(least, reached(found))
            scores[tied] = NOTHING
        return found

    def _lowest(self, tied: Numbers, score: np.float32) -> Iterator[Match]:
        """Of some rows with one score, the two people of each part whose ids are lowest."""
        owners = np.searchsorted(self._ends, tied, side="right")
        for at in set(owners.tolist()):
            part, own = self._parts[at], tied[owners == at]
            places = self._places[at][own - self._ends[at]]  # from the end
            people = np.unique(part.people(part.entries(places)))
            for person in people[:BEST_PEOPLE].tolist():
                yield Match(score, part.enrolled.person_ids[person], part, person)
