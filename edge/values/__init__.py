"""The frozen values that pass between the stages; nothing here does any work.

Each is checked when it is made, so that a stage can trust what it is handed. Arrays are
NumPy arrays; a docstring gives their shape, dtype and range. Pixel coordinates have their
origin at the top left corner of the full frame, x to the right, y down, the centre of the
first pixel at (0.5, 0.5).
"""

from __future__ import annotations

from edge.values.checks import Bytes, Floats
from edge.values.decisions import Hit, Opinion, Recognition, Review, Verdict
from edge.values.frames import MAX_SIDE_PX, Detection, Frame, PhotoTemplate, Quality
from edge.values.lists import Candidate, Entry, EntryRef, Erasure, ListInfo, Watchlist
from edge.values.states import Condition, ProcessState

__all__ = [
    "MAX_SIDE_PX",
    "Bytes",
    "Candidate",
    "Condition",
    "Detection",
    "Entry",
    "EntryRef",
    "Erasure",
    "Floats",
    "Frame",
    "Hit",
    "ListInfo",
    "Opinion",
    "PhotoTemplate",
    "ProcessState",
    "Quality",
    "Recognition",
    "Review",
    "Verdict",
    "Watchlist",
]
