"""Records hits beside the frames, so that no disk and no lock ever holds up a frame.

In: hits, as they are decided. Out: rows of the spool. Always: hits are recorded in their order,
on a thread of its own, all that wait with one flush of the disk; one that cannot be recorded
waits, at most ``MAX_WAITING`` of them, and is tried again; beyond that hits are lost, which is
counted and said. What is recorded, and what a full spool does, is the spool's matter.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from edge.errors import SpoolError
from edge.report.spool_rows import Draft
from edge.values import Hit

log = logging.getLogger(__name__)

MAX_WAITING = 1000
RETRY_S = 0.5
END_S = 3.0
_AT_ONCE = 1000


class DraftStore(Protocol):
    """Where drafts are recorded for good; see :class:`edge.report.spool_writer.SpoolWriter`."""

    def open(self) -> None:
        """Make the file.

        Raises:
            SpoolError: it cannot be made.
        """
        ...

    def append_drafts(self, drafts: Sequence[Draft]) -> list[int]:
        """Record all or none.

        Raises:
            SpoolError: none is recorded.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


@dataclass(frozen=True, slots=True)
class Recording:
    """How recording goes.

    Attributes:
        waiting: hits not recorded yet.
        lost: hits that never will be, since the start.
        problem: why recording does not work now, or None.
        turns: how often the store has answered, well or badly; it stands still while it hangs.
    """

    waiting: int = 0
    lost: int = 0
    problem: SpoolError | None = None
    turns: int = 0


class Recorder:
    """Takes hits from the thread of the frames and records them on its own.

    Args:
        store: the spool's writing end; only the recorder's thread uses it.
        draft: makes a hit ready to be recorded.
    """

    def __init__(self, store: DraftStore, draft: Callable[[Hit], Draft]) -> None:
        self._store = store
        self._draft = draft
        self._waiting: deque[Draft] = deque()
        self._changed = threading.Condition()
        self._lost = 0
        self._problem: SpoolError | None = None
        self._turns = 0
        self._at_once = _AT_ONCE
        self._end = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def open(self) -> None:
        """Begin; the file is made at once, so that the page can tell an empty spool from none."""
        self._thread.start()

    def add(self, hit: Hit) -> None:
        """Take a hit to be recorded; never waits for the disk."""
        try:
            draft = self._draft(hit)
        except SpoolError as error:
            self._lose(error)
            return
        with self._changed:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(draft)
                self._changed.notify_all()
                return
        self._lose(self._problem)

    def standing(self) -> Recording:
        """How recording goes."""
        with self._changed:
            return Recording(len(self._waiting), self._lost, self._problem, self._turns)

    def close(self) -> None:
        """Try once more to record what waits, and let go of the file; safe to call twice."""
        with self._changed:
            self._end = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(END_S)
        if self._waiting:
            log.error("%d hits were not recorded before the end", len(self._waiting))

    def _run(self) -> None:
        self._try(self._store.open)
        while self._record_once():
            pass
        self._store.close()

    def _record_once(self) -> bool:
        """Record what waits, or wait for something; False when all is done."""
        troubled = self._problem is not None
        with self._changed:
            self._changed.wait_for(
                lambda: self._end or bool(self._waiting and not troubled),
                RETRY_S if troubled else None,
            )
            end, drafts = self._end, list(islice(self._waiting, self._at_once))
        if drafts:
            recorded = self._try(lambda: self._store.append_drafts(drafts))
        else:
            recorded = self._try(self._store.open)
        if recorded:
            self._take_off(len(drafts))
        return not end or (recorded and bool(self._waiting))

    def _try(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except SpoolError as error:
            if self._problem is None:
                log.error("%s", error)
            self._problem = error
            self._at_once = 1  # there may be room for one where there is none for all
            return False
        finally:
            self._turns += 1
        self._problem = None
        return True

    def _take_off(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._waiting.popleft()
        self._at_once = min(_AT_ONCE, 2 * self._at_once)

    def _lose(self, why: SpoolError | None) -> None:
        self._lost += 1
        log.error("a hit was lost: %s", why or "the spool has not recorded for too long")
