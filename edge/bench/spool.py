"""How fast hits are stored for good, against what the disk allows.

Arms, in turn:

- ``flush``, the control: appends one message to a file that grows, as a log does, and calls
  ``fdatasync``;
- ``rewrite``, a harder one: writes, in one call, as many bytes as the commit of one hit adds to
  the spool's journal (measured first: some three pages of 4 KiB), round and round in a file of the
  journal's length, and calls ``fdatasync``. Such a flush need not note a new length, as that of a
  journal in use: nothing on this disk can be quicker. Appending those pages to a file that grows
  would be slower than ``flush``;
- ``single``: ``append_drafts`` of one hit at a time, encoded before, as the box's recording
  thread does it; ``append``: ``append`` of one hit at a time, which makes and encodes it, too;
- ``group``: ``append_drafts`` of many that wait; ``encoded``: the same, made and encoded in it.

Each arm flushes the disk before it says that anything is stored. Ratios are hits a second by
flushes a second of ``flush``: ``commit_ratio_to_fdatasync`` of ``append``,
``draft_ratio_to_fdatasync`` of ``single``, ``group_commit_ratio`` of ``group``,
``group_append_ratio`` of ``encoded``; and ``draft_ratio_to_rewriting`` of ``single`` by
``rewrite``.

``python -m benchmarks.spool [--json] [--rounds N] [--folder DIR]``; use a folder on the disk that
matters: a file system in memory has no flush to compare with.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from edge.bench.side_by_side import interleaved
from edge.report.messages import hit_event
from edge.report.spool import Bounds, SpoolWriter
from edge.report.spool_rows import hit_draft
from edge.runtime.identifiers import uuid7
from edge.values import EntryRef, Hit, Recognition

SINGLE, GROUPS, GROUP = 300, 5, 1000  # as many as the recorder lets wait
WARM_UP = 2  # rounds; the journal has its full length afterwards
TRIED = 100  # hits whose bytes in the journal are counted: fewer than fill it
JOURNAL_BYTES = 1000 * (24 + 4096)  # SQLite begins it anew after 1000 frames


def hits() -> Callable[[], Hit]:
    """Makes one new hit after another."""
    numbers = count()
    return lambda: make_hit(next(numbers))


def make_hit(number: int) -> Hit:
    """A hit as a box would record it now."""
    now = datetime.now(UTC)
    face = (412.5, 180.0, 96.2, 121.8)
    entry = EntryRef(f"entry-{number % 500:04d}", "staff", "Room 12")
    seen = Recognition(
        "entrance", number, entry, 0.9877, 0.9712, 0.967, 0.0412, 5, now, now, number, face
    )
    return Hit(uuid7(now, os.urandom(10)), "site-1", "box-1", seen, 17, "default@1", now)


def journal_bytes_per_hit(path: Path) -> int:
    """What the commit of one hit adds to the journal of a new spool, on average."""
    writer, journal = SpoolWriter(path, Bounds()), path.with_name(f"{path.name}-wal")
    make = hits()
    writer.append(make())
    before = journal.stat().st_size
    for _ in range(TRIED):
        writer.append(make())
    grown = journal.stat().st_size - before
    writer.close()
    return grown // TRIED


def rewriting(path: Path, size: int) -> Callable[[], None]:
    """A loop that writes and flushes, round and round in a file of the journal's length."""
    file, payload = os.open(path, os.O_WRONLY | os.O_CREAT), os.urandom(size)
    os.write(file, bytes(JOURNAL_BYTES))
    os.fsync(file)
    places = [place * size for place in range(JOURNAL_BYTES // size)]
    turns = count()

    def flush() -> None:
        for _ in range(SINGLE):
            os.pwrite(file, payload, places[next(turns) % len(places)])
            os.fdatasync(file)

    return flush


def growing(path: Path, message: bytes) -> Callable[[], None]:
    """A loop that appends and flushes."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def flush() -> None:
        for _ in range(SINGLE):
            os.write(file, message)
            os.fdatasync(file)

    return flush


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Rates and their ratios."""
    make = hits()
    message = hit_event(make(), 1, "00000000-0000-4000-8000-000000000000")
    journal_bytes = journal_bytes_per_hit(folder / "tried.db")
    single, group = (
        SpoolWriter(folder / f"{name}.db", Bounds(max_rows=10**8)) for name in ("single", "group")
    )
    turns = rounds + WARM_UP
    waiting = iter([hit_draft(make()) for _ in range(SINGLE * turns)])
    groups = iter([[hit_draft(make()) for _ in range(GROUP)] for _ in range(GROUPS * turns)])

    def one_at_a_time() -> None:
        for _ in range(SINGLE):
            single.append_drafts([next(waiting)])

    def one_at_a_time_encoded() -> None:
        for _ in range(SINGLE):
            single.append(make())

    def in_groups() -> None:
        for _ in range(GROUPS):
            group.append_drafts(next(groups))

    def in_groups_encoded() -> None:
        for _ in range(GROUPS):
            group.append_drafts([hit_draft(make()) for _ in range(GROUP)])

    arms = {
        "flush": (growing(folder / "flush", message), SINGLE),
        "rewrite": (rewriting(folder / "rewrite", journal_bytes), SINGLE),
        "single": (one_at_a_time, SINGLE),
        "append": (one_at_a_time_encoded, SINGLE),
        "group": (in_groups, GROUPS * GROUP),
        "encoded": (in_groups_encoded, GROUPS * GROUP),
    }
    taken = interleaved({name: arm for name, (arm, _) in arms.items()}, rounds, WARM_UP)
    single.close()
    group.close()
    rates = {name: [arms[name][1] / one for one in times] for name, times in taken.items()}
    return {
        "draft_ratio_to_fdatasync": _ratio(rates["single"], rates["flush"]),
        "commit_ratio_to_fdatasync": _ratio(rates["append"], rates["flush"]),
        "draft_ratio_to_rewriting": _ratio(rates["single"], rates["rewrite"]),
        "group_commit_ratio": _ratio(rates["group"], rates["flush"]),
        "group_append_ratio": _ratio(rates["encoded"], rates["flush"]),
        "fdatasync_per_s": statistics.median(rates["flush"]),
        "rewriting_per_s": statistics.median(rates["rewrite"]),
        "single_hits_per_s": statistics.median(rates["single"]),
        "append_hits_per_s": statistics.median(rates["append"]),
        "group_hits_per_s": statistics.median(rates["group"]),
        "message_bytes": float(len(message)),
        "journal_bytes_per_hit": float(journal_bytes),
    }


def _ratio(rates: list[float], control: list[float]) -> float:
    """Median of the ratios of one round."""
    return statistics.median(one / other for one, other in zip(rates, control, strict=True))
