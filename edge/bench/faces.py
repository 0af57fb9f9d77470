"""Vectors to search that are like faces, and the gallery columns around them.

Face templates are not spread evenly. ``face_like`` draws vectors of which two strangers', and
two looks of one person, are as alike as the default pack's calibration says (one look, in its
manifest): 0.5 % of strangers above cosine 0.93, 0.1 % above 0.939, looks of one person at
0.96. A common direction and 43 others between people give that. It is a model: real faces may
gather in ways that it does not show.
"""

from __future__ import annotations

import numpy as np

from edge.values import Floats, ListInfo
from edge.watchlist.limits import MAX_SEGMENT_ENTRIES
from edge.watchlist.names import UUID_BYTES, Names
from edge.watchlist.quantise import Int8s, quantise
from edge.watchlist.table import Enrolled, EntryTable

DIMENSIONS = 128
COMMON = 0.885
DIRECTIONS = 43
SAME_PERSON = 0.96
PACK = "bench@1.0.0"
LISTS = (ListInfo("all", "Measure."),)
_BLOCK = 50_000


def unit(rows: Floats) -> Floats:
    """Rows scaled to length 1."""
    scaled: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def scattered(people: int, chance: np.random.Generator) -> Floats:
    """(people, DIMENSIONS) vectors of length 1 in all directions alike."""
    return unit(chance.standard_normal((people, DIMENSIONS), dtype=np.float32))


def face_like(people: int, chance: np.random.Generator) -> Floats:
    """(people, DIMENSIONS) vectors of length 1, distributed as face templates are."""
    axes = np.linalg.qr(chance.standard_normal((DIMENSIONS, DIRECTIONS + 1)))[0].astype(np.float32)
    found = np.empty((people, DIMENSIONS), np.float32)
    for start in range(0, people, _BLOCK):
        some = found[start : start + _BLOCK]
        apart = unit(chance.standard_normal((len(some), DIRECTIONS), dtype=np.float32))
        some[:] = np.sqrt(COMMON) * axes[:, 0] + np.sqrt(1 - COMMON) * apart @ axes[:, 1:].T
    return unit(found)


def looks_of(templates: Floats, chance: np.random.Generator) -> Floats:
    """One look at each template: cosine about SAME_PERSON, off in all directions alike."""
    noise = scattered(len(templates), chance)
    return unit(SAME_PERSON * templates + np.sqrt(1 - SAME_PERSON**2) * noise)


def quantised(templates: Floats) -> Int8s:
    """Int8 rows of many templates, a block at a time."""
    parts = range(0, len(templates), _BLOCK)
    return np.concatenate([quantise(templates[start : start + _BLOCK]) for start in parts])


def table(rows: Int8s, ends_us: int, chance: np.random.Generator, pack: str = PACK) -> EntryTable:
    """A list with one entry for each row, one entry a person, ids as the register makes them."""
    people = len(rows)
    ids = chance.integers(0, 256, (2, people, UUID_BYTES), dtype=np.uint8)
    persons = ids[0][np.lexsort(ids[0].T[::-1])]
    every = np.arange(people + 1, dtype=np.uint32)
    enrolled = Enrolled(
        ends_us=np.full(people, ends_us),
        first_entry=every,
        person_ids=Names.of_uuids(persons.tobytes()),
        entry_ids=Names.of_uuids(ids[1].tobytes()),
        labels=None,
        lists=("all",),
        list_of_entry=np.zeros(people, np.uint8),
    )
    nowhere = np.zeros(people, np.uint32)
    return EntryTable(pack, enrolled, rows, every, (("*",),), nowhere)


def segments(whole: EntryTable) -> list[EntryTable]:
    """A table cut as the register publishes it."""
    place = np.arange(len(whole.enrolled)) // MAX_SEGMENT_ENTRIES
    return [whole.only(place == number) for number in range(int(place[-1]) + 1)]
