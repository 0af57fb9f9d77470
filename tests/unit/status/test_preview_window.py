"""The page asks for pictures only while somebody looks, and shows none that are old."""

from __future__ import annotations

import json
import os
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.runtime.preview_file import UNBLUR, facts_file, wanted, write_preview
from edge.status.access.roles import Role
from edge.status.preview import (
    ASK_EVERY_S,
    FRESH_S,
    UNBLUR_FOR,
    PreviewWindow,
    blur,
    unblur,
    unblurred_until,
)
from edge.values import ProcessState
from tests.fakes.clock import START, FakeClock
from tests.fakes.previews import FACE, facts_of
from tests.unit.status.page_fakes import snapshot, state


class Site:
    """A run folder with pictures in it, and a page that looks."""

    def __init__(self, folder: Path) -> None:
        self.run_dir, self.requests = folder, folder / "status"
        self.requests.mkdir()
        self.clock = FakeClock()
        self.window = PreviewWindow("door", folder, self.requests, self.clock)

    def show(self, picture: bytes = b"\xff\xd8 one", number: int = 1) -> None:
        write_preview(self.run_dir, "door", picture, facts_of(FACE, number=number))
        at_s = self.clock.utc().timestamp()
        os.utime(facts_file(self.run_dir, "door"), (at_s, at_s))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_looking_asks_for_pictures_at_most_once_a_second(site: Site) -> None:
    asked = wanted(site.requests, "door")
    assert site.window.look() is None
    os.utime(asked, (1, 1))
    site.clock.advance(ASK_EVERY_S / 2)
    site.window.look()
    assert asked.stat().st_mtime == 1
    site.clock.advance(ASK_EVERY_S / 2)
    site.window.look()
    assert asked.stat().st_mtime > 1


def test_a_fresh_picture_is_shown_with_what_is_told_of_it(site: Site) -> None:
    site.show(number=4)
    found = site.window.look()
    assert found is not None
    assert (found.jpeg, found.facts.number) == (b"\xff\xd8 one", 4)


def test_many_lookers_share_one_reading(site: Site) -> None:
    site.show()
    first = site.window.look()
    site.clock.advance(0.01)
    assert site.window.look() is first
    site.clock.advance(1)
    assert site.window.look() is first, "the file is the same"
    site.show(b"\xff\xd8 two", 2)
    site.clock.advance(1)
    second = site.window.look()
    assert second is not None
    assert second.jpeg == b"\xff\xd8 two"


def test_an_old_picture_is_none(site: Site) -> None:
    site.show()
    site.clock.advance(FRESH_S + 1)
    assert site.window.look() is None


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00" * 200_000])
def test_a_damaged_picture_is_none(site: Site, data: bytes) -> None:
    site.show()
    path = facts_file(site.run_dir, "door")
    path.write_bytes(data)
    at_s = site.clock.utc().timestamp()
    os.utime(path, (at_s, at_s))
    assert site.window.look() is None


def test_a_wish_to_see_faces_names_its_end_and_can_be_taken_back(site: Site) -> None:
    unblur(site.requests, Role.INSTALLER, site.clock.utc())
    document = json.loads((site.requests / UNBLUR).read_bytes())
    assert document == {"until": (START + UNBLUR_FOR).isoformat(), "by": "installer"}
    blur(site.requests)
    blur(site.requests)
    assert not (site.requests / UNBLUR).exists()


def test_a_folder_that_cannot_be_written_is_told_with_a_remedy(tmp_path: Path) -> None:
    window = PreviewWindow("door", tmp_path, tmp_path / "missing", FakeClock())
    with pytest.raises(ConfigError, match="cannot be written"):
        window.look()
    with pytest.raises(ConfigError, match="cannot be written"):
        unblur(tmp_path / "missing", Role.INSTALLER, START)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ((START + timedelta(minutes=5)).isoformat(), True),
        ((START - timedelta(seconds=1)).isoformat(), False),
        ("soon", False),
        ("2026-06-01T12:05:00", False),
        ("", False),
    ],
)
def test_the_banner_stands_as_long_as_faces_are_visible(told: str, shown: bool) -> None:
    plain = state("recognise")
    said = ProcessState(
        plain.process,
        plain.pid,
        plain.started_at,
        plain.updated_at,
        plain.condition,
        facts={"unblurred": told},
    )
    assert bool(unblurred_until(snapshot(recognise=said), UTC)) is shown
