"""Opens the sealed picture of a hit when the page wishes for it: on the record, and for a minute.

In: ``RUN/status/picture.json`` (``{"hit": id, "by": "operator"}``), written by the page after it
asked for the password again. Out: ``RUN/pictures/HIT.jpg``, or why there is none. Always: a line
in the audit log stands before the picture is opened; nothing is opened when the run folder lies
on a disk; an answer is removed after ``KEPT_S`` and when the process ends; the disk is touched on
a thread of its own, so that it holds up no frame. The key never leaves this process, which has
no network; who may look is for the page to ask.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from edge.errors import WatchpostError
from edge.runtime.audit import AuditLine, AuditLog
from edge.runtime.clock import Clock
from edge.runtime.hit_picture_file import KEPT_S, Answer, answers, is_hit_id, write_answer
from edge.runtime.preview_file import read_small
from edge.runtime.ram_folder import is_in_ram

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
FRESH_S = 5.0  # an older wish is nobody's any more: the page has stopped waiting
MAX_WISH_BYTES = 1024
_WHO = "operator"
_NOT_KEPT = Answer(
    b"",
    "No picture of this hit is kept any more.",
    "Pictures go after spool.keep_evidence, when room is needed, and when the person withdraws.",
)
_ON_DISK = Answer(
    b"",
    "The picture stays closed: the run folder lies on a disk.",
    "Set box.run_dir to a tmpfs.",
)
_NO_LINE = Answer(
    b"",
    "The picture stays closed: the recogniser's audit log cannot be written.",
    "Free space on the box.",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A request as it lies there; ``key`` tells one writing of the file from another."""

    key: tuple[int, int]
    hit_id: str


class HitPictures:
    """Answers the page's wishes.

    Args:
        wish: the file that the page writes.
        run_dir: RUN.
        open_picture: gives a hit's JPEG, or None when none is kept; may raise a WatchpostError.
        audit: where each opening leaves a line.
        clock: time.
        in_ram: whether a folder lies in memory.
        aside: where the disk is touched, one task at a time; None: a thread of its own.
    """

    def __init__(
        self,
        wish: Path,
        run_dir: Path,
        open_picture: Callable[[str], bytes | None],
        audit: AuditLog,
        clock: Clock,
        in_ram: Callable[[Path], bool] = is_in_ram,
        aside: Executor | None = None,
    ) -> None:
        self._wish = wish
        self._run_dir = run_dir
        self._open_picture = open_picture
        self._audit = audit
        self._clock = clock
        self._in_ram = in_ram
        self._aside = aside or ThreadPoolExecutor(1, thread_name_prefix="hit-pictures")
        self._at_work: Future[None] | None = None
        self._done: tuple[int, int] | None = None
        self._kept = True  # an earlier process may have left something
        self._looked_s = float("-inf")

    def look_around(self) -> None:
        """Find out whether there is a new wish; called again and again, costs a ``stat``."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        if self._at_work is not None and not self._at_work.done():
            return
        wish = self._new_wish()
        if wish is not None or self._kept:
            self._at_work = self._aside.submit(self._serve, wish)

    def close(self) -> None:
        """Take away what was answered."""
        self._aside.shutdown(wait=True, cancel_futures=True)
        self._remove(older_than_s=float("-inf"))

    def _new_wish(self) -> Wish | None:
        try:
            found = self._wish.lstat()
        except OSError:
            return None
        key = (found.st_ino, found.st_mtime_ns)
        if key == self._done:
            return None
        self._done = key
        age_s = self._clock.utc().timestamp() - found.st_mtime
        hit_id = _asked_for(self._wish) if abs(age_s) < FRESH_S else ""
        return Wish(key, hit_id) if hit_id else None

    def _serve(self, wish: Wish | None) -> None:
        self._remove(older_than_s=KEPT_S)
        if wish is None:
            return
        try:
            self._kept = True
            write_answer(self._run_dir, wish.hit_id, self._answer(wish.hit_id))
        except OSError as error:
            log.warning("cannot answer the page's wish for a picture: %s", error)

    def _answer(self, hit_id: str) -> Answer:
        if not self._in_ram(self._run_dir):
            return _ON_DISK
        try:
            line = AuditLine(self._clock.utc(), _WHO, "hit-picture-opened", {"hit": hit_id})
            self._audit.append(line)
        except (OSError, ValueError) as error:
            log.error("cannot write the audit log: %s", error)
            return _NO_LINE
        try:
            picture = self._open_picture(hit_id)
        except WatchpostError as error:
            log.error("a picture of a hit cannot be opened: %s", error)
            return Answer(b"", error.problem, error.remedy)
        return Answer(picture) if picture else _NOT_KEPT

    def _remove(self, *, older_than_s: float) -> None:
        """Remove old answers, and note whether any are left."""
        now_s, left = self._clock.utc().timestamp(), False
        try:
            for path in list(answers(self._run_dir)):
                if abs(now_s - path.lstat().st_mtime) > older_than_s:
                    path.unlink()
                else:
                    left = True
        except OSError as error:
            log.error("cannot remove a hit's picture: %s", error)
            left = True
        self._kept = left


def _asked_for(path: Path) -> str:
    """Which hit a wish is for; "" when the file holds none."""
    data = read_small(path, MAX_WISH_BYTES)
    try:
        document = json.loads(data) if data else {}
        hit_id, who = document["hit"], document["by"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    fits = who == _WHO and isinstance(hit_id, str) and is_hit_id(hit_id)
    return hit_id if fits else ""
