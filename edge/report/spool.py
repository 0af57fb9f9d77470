"""The spool: hits on the box's own disk until a receiver has them.

The recognise process appends hits (``spool_writer.py``), others append notes (``spool_notes.py``),
the report process sends and marks (``spool_reader.py``), the status page looks
(``spool_view.py``). ``spool_bounds.py`` says what goes when it is full, ``spool_file.py`` what
the file is.
"""

from __future__ import annotations

from edge.report.spool_bounds import Bounds
from edge.report.spool_file import Kind, RowState, SpoolRow
from edge.report.spool_notes import NoteWriter
from edge.report.spool_reader import SpoolReader, Standing
from edge.report.spool_view import RecentHit, SpoolCounts, SpoolView
from edge.report.spool_writer import SpoolWriter

__all__ = [
    "Bounds",
    "Kind",
    "NoteWriter",
    "RecentHit",
    "RowState",
    "SpoolCounts",
    "SpoolReader",
    "SpoolRow",
    "SpoolView",
    "SpoolWriter",
    "Standing",
]
