"""Grants a wish to see faces in the preview: for a while, on the record, and never on a disk.

In: ``RUN/status/unblur.json`` (``{"until": UTC, "by": "installer"}``), written by the page after
it asked for the password again. Out: whether faces may be shown now. Always: never longer than
``LONGEST_S`` after the file was written, by the time of day and by steady time; not at all
when the run folder lies on a disk or the audit log cannot be written; each grant and each end
is a line in the log, the grant's before the first picture. What is no such wish is no wish.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.runtime.audit import AuditLine, AuditLog
from edge.runtime.clock import Clock
from edge.runtime.ram_folder import is_in_ram
from edge.runtime.wish_file import Wish, WishFile

log = logging.getLogger(__name__)

LONGEST_S = 600.0
_WHO = "installer"
_AHEAD_S = 2.0  # a file from further in the future was not written by this clock
_ON_DISK = "Faces stay hidden: the run folder lies on a disk. Set box.run_dir to a tmpfs."
_NO_LINE = "Faces stay hidden: the audit log cannot be written. Free space on the box."


@dataclass(frozen=True, slots=True)
class _Grant:
    wish: Wish
    until: datetime
    end_s: float


class Unblurring:
    """Decides whether faces may be shown.

    Args:
        wishes: where the page asks.
        run_dir: the folder that pictures are written to.
        audit: where each grant leaves a line.
        clock: time.
        in_ram: whether a folder lies in memory.

    Attributes:
        note: why the last wish was not granted, or "".
    """

    def __init__(
        self,
        wishes: WishFile,
        run_dir: Path,
        audit: AuditLog,
        clock: Clock,
        in_ram: Callable[[Path], bool] = is_in_ram,
    ) -> None:
        self._wishes = wishes
        self._run_dir = run_dir
        self._audit = audit
        self._clock = clock
        self._in_ram = in_ram
        self._grant: _Grant | None = None
        self.note = ""

    @property
    def until(self) -> datetime | None:
        """Until when faces may be shown, UTC; None: they may not, now."""
        return self._grant.until if self._grant and self._holds(self._grant) else None

    def look(self) -> None:
        """Look whether there is a new wish, and whether a granted one has ended."""
        wish = self._wishes.look()
        writing = wish.writing if wish else None
        if self._grant and (not self._holds(self._grant) or writing != self._grant.wish.writing):
            self._end(self._grant)
        if wish is None:
            self.note = ""
        elif self._grant is None and (fresh := self._wishes.take(LONGEST_S)) is not None:
            self._consider(fresh)

    def end(self) -> None:
        """Hide faces from now on; a new wish may follow."""
        if self._grant:
            self._end(self._grant)

    def _consider(self, wish: Wish) -> None:
        now, now_s = self._clock.utc(), self._clock.monotonic_s()
        self.note = ""
        asked = _asked_until(wish)
        if asked is None:
            return
        until = min(asked, wish.asked_at + timedelta(seconds=LONGEST_S))
        grant = _Grant(wish, until, now_s + (until - now).total_seconds())
        if not self._holds(grant):
            return
        if not self._in_ram(self._run_dir):
            self.note = _ON_DISK
        elif self._record("preview-unblurred", {"until": until.isoformat(timespec="seconds")}):
            self._grant = grant
        else:
            self.note = _NO_LINE

    def _holds(self, grant: _Grant) -> bool:
        asked = grant.wish.asked_at - timedelta(seconds=_AHEAD_S)
        on_time = asked <= self._clock.utc() < grant.until
        return on_time and self._clock.monotonic_s() < grant.end_s

    def _end(self, grant: _Grant) -> None:
        self._grant = None
        self._record("preview-blurred", {"asked": grant.wish.asked_at.isoformat()})

    def _record(self, action: str, facts: dict[str, str | int]) -> bool:
        try:
            self._audit.append(AuditLine(self._clock.utc(), _WHO, action, facts))
        except (OSError, ValueError) as error:
            log.error("cannot write the audit log: %s", error)
            return False
        return True


def _asked_until(wish: Wish) -> datetime | None:
    """Until when faces are wished for; None: this is no wish that could be granted."""
    try:
        until = datetime.fromisoformat(wish.said["until"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
    return until if wish.said.get("by") == _WHO else None
