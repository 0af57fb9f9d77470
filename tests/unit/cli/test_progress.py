"""The bar draws on terminals only, not too often, and cleans up."""

from __future__ import annotations

import io

from edge.cli.progress import ProgressBar


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_where_there_is_no_terminal_nothing_is_drawn() -> None:
    stream = io.StringIO()
    bar = ProgressBar(2, stream)
    bar.step("")
    bar.step("")
    bar.end()
    assert stream.getvalue() == ""


def test_it_shows_the_share_done_and_the_time_left() -> None:
    stream, now_s = Terminal(), iter([0.0, 10.0])
    ProgressBar(30, stream, lambda: next(now_s)).step("2 refused")
    assert stream.getvalue() == "\r[#.............................] 1/30  0:04:50 left  2 refused"


def test_it_draws_ten_times_a_second_at_most_and_always_the_last_step() -> None:
    stream, now_s = Terminal(), iter([0.0, *(0.001 * n for n in range(1, 301))])
    bar = ProgressBar(300, stream, lambda: next(now_s))
    for _ in range(300):
        bar.step("")
    assert 3 <= stream.getvalue().count("\r") <= 5
    assert "300/300" in stream.getvalue()


def test_its_end_clears_the_line() -> None:
    stream, now_s = Terminal(), iter([0.0, 1.0])
    bar = ProgressBar(1, stream, lambda: next(now_s))
    bar.step("")
    bar.end()
    last = stream.getvalue().rsplit("\r", 2)[-2:]
    assert last[0].strip() == ""
    assert last[1] == ""
