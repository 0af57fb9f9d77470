"""Takes reviews from the page's outbox into the spool.

In: the small files that the page's process writes (``status/reviews.py``). Out: reviews for the
spool; a file goes once its review is recorded. Always: at most ``AT_ONCE`` files are read at a
time; the same file taken twice is one row of the spool, so that a kill between the two steps
costs nothing; a file that is no review is removed and logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from edge.runtime.clock import Clock
from edge.values import Opinion, Review

log = logging.getLogger(__name__)

AT_ONCE = 50
LOOK_EVERY_S = 0.5
MAX_FILE_BYTES = 4096


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    hit_id: str = Field(min_length=1, max_length=128)
    opinion: Opinion
    reviewed_at: AwareDatetime


class ReviewOutbox:
    """The folder between the page and the spool.

    Args:
        folder: where the page leaves reviews; need not exist yet.
        clock: time.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._looked_s = float("-inf")

    def step(self, record: Callable[[Review], None]) -> int:
        """Record what waits, about twice a second; returns how many reviews were recorded.

        Args:
            record: stores one review for good.

        Raises:
            SpoolError: whatever ``record`` raises; its file stays for the next time.
        """
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return 0
        self._looked_s = now_s
        recorded = 0
        for path in sorted(self._folder.glob("*.json"))[:AT_ONCE]:
            review = _read(path)
            if review is not None:
                record(review)
                recorded += 1
            _remove(path)
        return recorded


def _read(path: Path) -> Review | None:
    try:
        with path.open("rb") as file:
            found = _Document.model_validate_json(file.read(MAX_FILE_BYTES))
    except (OSError, ValidationError) as error:
        log.warning("%s is no review and is removed (%s)", path.name, type(error).__name__)
        return None
    at: datetime = found.reviewed_at
    return Review(found.hit_id, found.opinion, at)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the review %s cannot be removed (%s)", path.name, error.strerror)
