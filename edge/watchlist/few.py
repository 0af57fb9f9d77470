"""Compares probes with every row of a small list at once, and names the best two people of each.

In: parts with at most :data:`FEW_ROWS` rows in all; int8 probes. Out: the same answer as the search
by bounds (``search.py``; the rules are in ``part.py``). A list of a few people, which most boxes
have, would else be padded to whole groups and looked into once for each probe. Always: rows lie
by their person's id, so that the first of equal scores is the lower id's; the copy of the rows is
overwritten with zeros when nothing uses it any more.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import numkong
import numpy as np

from edge.values import Floats
from edge.watchlist.part import BEST_PEOPLE, NOTHING, Alive, Match, Part
from edge.watchlist.quantise import Int8s

FEW_ROWS = 4096


class FewRows:
    """The rows of some parts, each once.

    Args:
        parts: at least one.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        rows, scale, entries = zip(*(part.each_once() for part in parts), strict=True)
        person = np.concatenate(
            [one.people_of(own) for one, own in zip(parts, entries, strict=True)]
        )
        owner = np.repeat(np.arange(len(parts)), [len(own) for own in entries])
        who = [
            (parts[part].enrolled.person_ids[place], parts[part], place)
            for part, place in zip(owner.tolist(), person.tolist(), strict=True)
        ]
        rank = {name: place for place, name in enumerate(sorted({name for name, _, _ in who}))}
        of_row = np.array([rank[name] for name, _, _ in who])
        order = np.argsort(of_row, kind="stable")
        self._rank = of_row[order]
        self._who = [who[row] for row in order]
        gathered: Int8s = np.concatenate(rows)
        self._rows: Int8s = gathered[order]
        for copy in (gathered, *rows):  # templates are not left behind on the way
            copy.fill(0)
        self._scale: Floats = np.concatenate(scale)[order]
        self._part = owner[order]
        self._entry = np.concatenate(entries)[order]
        weakref.finalize(self, self._rows.fill, 0).atexit = False

    def two_best(self, probes: Int8s, alive: Sequence[Alive | None]) -> list[tuple[Match, ...]]:
        """See :class:`edge.watchlist.search.Search`."""
        scores = self._scores(probes, alive)
        found: list[tuple[Match, ...]] = [()] * len(probes)
        for _ in range(BEST_PEOPLE):
            best = scores.argmax(axis=1)
            for probe, row in enumerate(best.tolist()):
                score = scores[probe, row]
                if score > NOTHING:
                    found[probe] += (Match(score, *self._who[row]),)
            np.putmask(scores, self._rank == self._rank[best, None], NOTHING)
        return found

    def _scores(self, probes: Int8s, alive: Sequence[Alive | None]) -> Floats:
        """(probes, rows): each row's score; of the dead less than any."""
        dots = numkong.dots_packed(self._rows, numkong.dots_pack(np.ascontiguousarray(probes)))
        scores: Floats = np.ascontiguousarray(np.asarray(dots).T).astype(np.float32)
        scores *= self._scale
        for number, living in enumerate(alive):
            if living is not None:
                own = np.flatnonzero(self._part == number)
                scores[:, own[~living[self._entry[own]]]] = NOTHING
        return scores
