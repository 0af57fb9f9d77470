"""Answers the page's wishes for something private: on the record, in memory, for a short while.

In: wishes (``{"hit": id, "by": "operator"}``), written by the page for a signed-in operator. Out:
answers in RUN: what was wished for, or why there is none. Always: a line in the audit log stands
before anything is opened; nothing is opened when the run folder lies on a disk; an answer is
removed after a while, at the end of the process, and when an earlier process left it; it is
opened on a thread of its own, so that it holds up no frame. Keys and list never leave this process,
which has no network; who may look is for the page to ask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from edge.errors import WatchpostError
from edge.runtime.answer_file import Answer, AnswerFolder, is_id
from edge.runtime.audit import AuditLine, AuditLog
from edge.runtime.clock import Clock
from edge.runtime.ram_folder import is_in_ram
from edge.runtime.wish_file import Wish, WishFile

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
FRESH_S = 5.0  # an older wish is nobody's any more: the page has stopped waiting
_WHO = "operator"
_ON_DISK = Answer(
    b"",
    "It stays closed: the run folder lies on a disk.",
    "Set box.run_dir to a tmpfs.",
)
_NO_LINE = Answer(
    b"",
    "It stays closed: the recogniser's audit log cannot be written.",
    "Free space on the box.",
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What can be wished for.

    Attributes:
        fact: what a wish calls the id of the thing, and the audit line too.
        action: of the audit line.
        kept_s: how long an answer lies there.
        open: gives the thing by its id, or None when there is none; may raise a WatchpostError.
        missing: the answer then.
    """

    fact: str
    action: str
    kept_s: float
    open: Callable[[str], bytes | None]
    missing: Answer


class Answering:
    """Answers wishes for one kind of thing.

    Args:
        matter: what can be wished for.
        wishes: where the page asks.
        answers: where it finds the answers.
        audit: where each opening leaves a line.
        clock: time.
        in_ram: whether a folder lies in memory.
        aside: where things are opened, one at a time; None: a thread of its own.
    """

    def __init__(
        self,
        matter: Matter,
        wishes: WishFile,
        answers: AnswerFolder,
        audit: AuditLog,
        clock: Clock,
        in_ram: Callable[[Path], bool] = is_in_ram,
        aside: Executor | None = None,
    ) -> None:
        self._matter = matter
        self._wishes = wishes
        self._answers = answers
        self._audit = audit
        self._clock = clock
        self._in_ram = in_ram
        self._aside = aside or ThreadPoolExecutor(1, thread_name_prefix="answering")
        self._at_work: Future[None] | None = None
        self._kept = True  # an earlier process may have left something
        self._looked_s = float("-inf")

    def look_around(self) -> None:
        """Find out whether there is a new wish; called again and again, costs an ``lstat``."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        if self._at_work is not None and not self._at_work.done():
            return
        name = self._asked_for(self._wishes.take(FRESH_S))
        if name or self._kept:
            self._at_work = self._aside.submit(self._serve, name)

    def close(self) -> None:
        """Take away what was answered."""
        self._aside.shutdown(wait=True, cancel_futures=True)
        self._remove(older_than_s=float("-inf"))

    def _asked_for(self, wish: Wish | None) -> str:
        """What a wish is for; "" when it is for nothing."""
        if wish is None or wish.said.get("by") != _WHO:
            return ""
        name = wish.said.get(self._matter.fact, "")
        return name if is_id(name) else ""

    def _serve(self, name: str) -> None:
        self._remove(older_than_s=self._matter.kept_s)
        if not name:
            return
        try:
            self._kept = True
            self._answers.write(name, self._answer(name))
        except OSError as error:
            log.warning("cannot answer the page's wish: %s", error)

    def _answer(self, name: str) -> Answer:
        if not self._in_ram(self._answers.folder.parent):
            return _ON_DISK
        try:
            facts: dict[str, str | int] = {self._matter.fact: name}
            self._audit.append(AuditLine(self._clock.utc(), _WHO, self._matter.action, facts))
        except (OSError, ValueError) as error:
            log.error("cannot write the audit log: %s", error)
            return _NO_LINE
        try:
            found = self._matter.open(name)
        except WatchpostError as error:
            log.error("what the page wished for cannot be opened: %s", error)
            return Answer(b"", error.problem, error.remedy)
        return Answer(found) if found else self._matter.missing

    def _remove(self, *, older_than_s: float) -> None:
        """Remove old answers, and note whether any are left."""
        try:
            self._kept = self._answers.remove(self._clock.utc().timestamp(), older_than_s)
        except OSError as error:
            log.error("cannot remove what was opened for the page: %s", error)
            self._kept = True
