"""A wish is heard once, while it is fresh, and whatever else lies there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.runtime.wish_file import MAX_WISH_BYTES, WishFile, leave_wish
from tests.fakes.clock import FakeClock

FRESH_S = 5.0


class Site:
    """A page that wishes, and a process that looks."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "picture.json"
        self.clock = FakeClock()
        self.wishes = WishFile(self.path, self.clock)

    def ask(self, ahead_s: float = 0.0, **document: str) -> int:
        leave_wish(self.path, document)
        self.date(ahead_s)
        return self.path.stat().st_mtime_ns

    def date(self, ahead_s: float = 0.0) -> None:
        at_s = self.clock.utc().timestamp() + ahead_s
        os.utime(self.path, (at_s, at_s))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_wish_is_taken_once_and_again_when_it_is_written_again(site: Site) -> None:
    asked_ns = site.ask(hit="one")
    wish = site.wishes.take(FRESH_S)
    assert wish is not None
    assert (dict(wish.said), wish.asked_ns) == ({"hit": "one"}, asked_ns)
    assert site.wishes.take(FRESH_S) is None
    site.clock.advance(1)
    site.ask(hit="one")
    assert site.wishes.take(FRESH_S) is not None


@pytest.mark.parametrize("ahead_s", [-FRESH_S, FRESH_S, 1e6])
def test_an_old_wish_and_one_from_the_future_are_nobodys(site: Site, ahead_s: float) -> None:
    site.ask(ahead_s, hit="one")
    assert site.wishes.take(FRESH_S) is None
    site.clock.advance(ahead_s if ahead_s > 0 else 0)
    assert site.wishes.take(FRESH_S) is None, "it is not taken later either"


def test_a_wish_can_be_seen_for_as_long_as_it_lies_there(site: Site) -> None:
    site.ask(until="then")
    assert site.wishes.look() is site.wishes.look() is not None
    site.path.unlink()
    assert site.wishes.look() is None


@pytest.mark.parametrize("at_s", [1e15, 2.0**62 / 1e9, -1e12])
def test_no_date_of_the_file_troubles_who_looks(site: Site, at_s: float) -> None:
    site.ask(hit="one")
    os.utime(site.path, (at_s, at_s))
    assert site.wishes.take(FRESH_S) is None


def _linked(site: Site) -> None:
    elsewhere = site.path.with_name("elsewhere")
    site.path.rename(elsewhere)
    site.path.symlink_to(elsewhere)


def _folder(site: Site) -> None:
    site.path.unlink()
    site.path.mkdir()


def _pipe(site: Site) -> None:
    site.path.unlink()
    os.mkfifo(site.path)
    site.date()


def _text(text: str) -> Callable[[Site], None]:
    def plant(site: Site) -> None:
        site.path.write_text(text)
        site.date()

    return plant


@pytest.mark.parametrize(
    "plant",
    [
        *(_linked, _folder, _pipe),
        *(_text(""), _text("[]"), _text("null"), _text('"hit"'), _text("{"), _text("[" * 900)),
        *(_text('{"hit": 7}'), _text('{"hit": null}'), _text('{"hit": ["one"]}')),
        _text('{"hit": "' + "x" * MAX_WISH_BYTES + '"}'),
    ],
)
def test_what_the_page_does_not_write_is_no_wish(site: Site, plant: Callable[[Site], None]) -> None:
    site.ask(hit="one")
    plant(site)
    assert site.wishes.look() is None
    assert site.wishes.take(1e18) is None


def test_a_folder_that_cannot_be_written_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        leave_wish(tmp_path / "missing" / "picture.json", {})
