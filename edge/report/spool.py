"""The spool: hits on the box's own disk until a receiver has them.

The recognise process appends, the report process sends and marks, the status page looks. See
``spool_writer.py``, ``spool_reader.py`` and, for the file itself, ``spool_file.py``.
"""

from __future__ import annotations

from edge.report.spool_file import HitState, SpoolRow
from edge.report.spool_reader import RecentHit, SpoolCounts, SpoolReader, SpoolView
from edge.report.spool_writer import SpoolWriter

__all__ = [
    "HitState",
    "RecentHit",
    "SpoolCounts",
    "SpoolReader",
    "SpoolRow",
    "SpoolView",
    "SpoolWriter",
]
