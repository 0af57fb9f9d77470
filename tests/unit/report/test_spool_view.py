"""A look at the spool that stays open follows the file, as one that is opened anew does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from edge.report.spool import SpoolView
from tests.unit.report.hits import make_hit, make_writer


@pytest.mark.parametrize("stays_open", [False, True])
def test_it_sees_what_is_recorded_later_and_a_spool_that_was_replaced(
    tmp_path: Path, stays_open: bool
) -> None:
    path = tmp_path / "spool.db"
    view = SpoolView(path, stays_open=stays_open)
    assert view.counts().total == 0, "a spool that is not there yet is empty"
    with closing(make_writer(path)) as writer:
        writer.append(make_hit(1))
        assert view.counts().total == 1
        writer.append(make_hit(2))
        assert view.counts().total == 2
    path.rename(tmp_path / "aside.db")
    with closing(make_writer(path)) as writer:
        writer.append(make_hit(3))
        assert [one.hit.hit_id for one in view.recent(9)] == ["hit-3"]
