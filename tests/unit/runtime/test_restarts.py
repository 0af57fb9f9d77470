"""A crash loop is told from a few restarts, and nothing damaged keeps a box from starting."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.runtime.restarts import CALM_S, MAX_STARTS, WINDOW_S, Restarts


def test_a_few_starts_in_a_row_begin_at_once_and_the_next_ones_wait(tmp_path: Path) -> None:
    starts = Restarts(tmp_path / "recognise.starts")
    assert [starts.note(float(i)) for i in range(MAX_STARTS)] == [0.0] * MAX_STARTS
    assert starts.note(MAX_STARTS) == CALM_S
    assert starts.note(MAX_STARTS + CALM_S) == CALM_S


def test_starts_far_apart_never_wait(tmp_path: Path) -> None:
    starts = Restarts(tmp_path / "recognise.starts")
    assert not any(starts.note(i * (WINDOW_S / MAX_STARTS + 1)) for i in range(50))


def test_a_wanted_end_wipes_the_slate(tmp_path: Path) -> None:
    starts = Restarts(tmp_path / "recognise.starts")
    for i in range(MAX_STARTS):
        starts.note(float(i))
    starts.forget()
    assert starts.note(9.0) == 0.0


@pytest.mark.parametrize("text", ["", "null", "{}", "[null]", '["x"]', "[1e999, 5000]", "[[]]"])
def test_a_damaged_file_counts_as_no_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "recognise.starts").write_text(text)
    assert Restarts(tmp_path / "recognise.starts").note(1.0) == 0.0


def test_a_folder_that_cannot_be_written_keeps_nothing_from_starting(tmp_path: Path) -> None:
    starts = Restarts(tmp_path / "missing" / "recognise.starts")
    assert not any(starts.note(float(i)) for i in range(3 * MAX_STARTS))
