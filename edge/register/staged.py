"""Templates made with another pack, kept beside those in use until all people have theirs.

In: the register's way to run SQL. Out: rows. Always: staged templates are those of one pack
only, belong to an entry (and go with it), and are never published. ``finish`` moves them to
where they count, in the caller's one change.
"""

from __future__ import annotations

import numpy as np

from edge.register.rows import Run
from edge.watchlist.quantise import Int8s

_PACK = "staged_pack"


class StagedTemplates:
    """The staged part of an open register.

    Args:
        run: runs one SQL statement with values.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def pack(self) -> str | None:
        """``id@version`` of the pack that people are moving to, or None."""
        rows = self._run("SELECT value FROM settings WHERE name = ?", (_PACK,))
        return str(rows[0][0]) if rows else None

    def templates(self) -> dict[str, Int8s]:
        """(k, dimensions) int8 rows by entry id."""
        rows: dict[str, list[bytes]] = {}
        for entry_id, row in self._run(
            "SELECT entry_id, row FROM staged_templates ORDER BY 1, position", ()
        ):
            rows.setdefault(entry_id, []).append(row)
        return {
            entry_id: np.stack([np.frombuffer(row, dtype=np.int8) for row in found])
            for entry_id, found in rows.items()
        }

    def replace(self, entry_id: str, pack: str, templates: Int8s) -> None:
        """Keep an entry's new templates instead of any staged before."""
        self._run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_PACK, pack))
        self._run("DELETE FROM staged_templates WHERE entry_id = ?", (entry_id,))
        for position, row in enumerate(templates):
            self._run(
                "INSERT INTO staged_templates VALUES (?, ?, ?)",
                (entry_id, position, row.tobytes()),
            )

    def finish(self) -> None:
        """Put the staged templates in the place of those in use; the others stay as they are."""
        pack = self.pack
        staged = "SELECT DISTINCT entry_id FROM staged_templates"
        self._run(f"DELETE FROM templates WHERE entry_id IN ({staged})")  # noqa: S608 - a constant
        self._run(f"UPDATE entries SET pack = ? WHERE entry_id IN ({staged})", (pack,))  # noqa: S608 - a constant
        self._run("INSERT INTO templates SELECT * FROM staged_templates")
        self.abandon()

    def abandon(self) -> None:
        """Forget all that is staged."""
        self._run("DELETE FROM staged_templates")
        self._run("DELETE FROM settings WHERE name = ?", (_PACK,))
