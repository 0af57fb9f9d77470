"""A dying card: the disk answers writes with errors; a row of docs/reliability.md.

The kernel is told to refuse this process's writes to files (``RLIMIT_FSIZE``, setrlimit(2): EFBIG
beyond the limit), which SQLite reports as it reports EIO: ``disk I/O error``.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from edge.errors import SpoolError
from edge.processes.recorder import Recorder
from edge.report.spool import SpoolReader, SpoolView
from edge.report.spool_rows import hit_draft
from tests.unit.report.hits import make_hit, make_writer


@contextmanager
def dying_disk() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_a_write_error_is_told_with_what_to_look_at_and_nothing_stored_is_lost(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spool.db"
    with closing(make_writer(path)) as writer:
        writer.append(make_hit(1))
        with dying_disk(), pytest.raises(SpoolError, match="disk I/O error") as told:
            writer.append(make_hit(2))
        assert "dmesg" in told.value.remedy
        assert [row.event_id for row in SpoolReader(path).live(9)] == ["hit-1"]
        writer.append(make_hit(2))
    assert SpoolView(path).counts().total == 2


def test_hits_wait_while_the_disk_errs_and_are_recorded_when_it_writes_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spool.db"
    recorder = Recorder(make_writer(path), hit_draft)
    recorder.open()
    recorder.add(make_hit(1))
    until(lambda: recorder.standing().waiting == 0)
    with dying_disk():
        for number in (2, 3):
            recorder.add(make_hit(number))
        until(lambda: recorder.standing().problem is not None)
        assert recorder.standing().waiting == 2
    until(lambda: recorder.standing().waiting == 0)
    recorder.close()
    assert recorder.standing().lost == 0
    found = [row.event_id for row in SpoolReader(path).live(9)]
    assert found == ["hit-1", "hit-2", "hit-3"]
