"""What the page wishes for is opened on a fresh wish, after an audit line, for a while."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from edge.errors import SpoolError
from edge.processes.answering import Answering, Matter
from edge.runtime.answer_file import Answer, pictures
from edge.runtime.audit import AuditLog
from edge.runtime.wish_file import WishFile
from tests.fakes.clock import FakeClock

JPEG = b"\xff\xd8 a face"
KEPT_S = 60.0
MISSING = Answer(b"", "No picture of this hit is kept.", "Nothing is to be done.")


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(task(*args, **named))
        return done


class Site:
    """A recogniser with pictures of some hits, and a page that wishes for them."""

    def __init__(self, folder: Path, *, in_ram: bool = True) -> None:
        self.run_dir = folder / "run"
        self.wish = self.run_dir / "status" / "picture.json"
        self.wish.parent.mkdir(parents=True)
        self.audit_file = folder / "audit.log"
        self.pictures: dict[str, bytes] = {"hit-1": JPEG}
        self.broken = False
        self.opened: list[str] = []
        self.clock = FakeClock()
        self.answers = pictures(self.run_dir)
        self.desk = Answering(
            Matter("hit", "hit-picture-opened", KEPT_S, self._open, MISSING),
            WishFile(self.wish, self.clock),
            self.answers,
            AuditLog(self.audit_file),
            self.clock,
            lambda _: in_ram,
            AtOnce(),
        )

    def _open(self, hit_id: str) -> bytes | None:
        # The line stands before anything is opened.
        assert self.actions()[-1:] == [("hit-picture-opened", hit_id)]
        self.opened.append(hit_id)
        if self.broken:
            raise SpoolError("The spool is damaged.", "Look at the disk.")
        return self.pictures.get(hit_id)

    def ask(self, document: object, ahead_s: float = 0.0) -> None:
        fresh = self.wish.with_suffix(".new")
        fresh.write_text(json.dumps(document))
        at_s = self.clock.utc().timestamp() + ahead_s
        os.utime(fresh, (at_s, at_s))
        fresh.replace(self.wish)

    def turn(self) -> None:
        """Look for a wish, and answer it."""
        self.clock.advance(1)
        self.desk.look_around()
        for path in self.files():
            at_s = self.clock.utc().timestamp()
            if abs(path.stat().st_mtime - at_s) > 1e6:  # written by the machine's own clock
                os.utime(path, (at_s, at_s))

    def answer(self, hit_id: str = "hit-1") -> Answer | None:
        return self.answers.read(hit_id)

    def files(self) -> list[Path]:
        return sorted(self.answers.folder.glob("*"))

    def actions(self) -> list[tuple[str, str]]:
        found = AuditLog(self.audit_file).verify()
        assert found.problem == ""
        return [(str(line["action"]), str(line["facts"]["hit"])) for line in found.lines]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_wish_is_answered_with_the_picture_and_an_audit_line(site: Site) -> None:
    site.ask({"hit": "hit-1", "by": "operator"})
    site.turn()
    assert site.answer() == Answer(JPEG)
    assert site.actions() == [("hit-picture-opened", "hit-1")]


def test_a_wish_is_answered_once_until_it_is_written_again(site: Site) -> None:
    site.ask({"hit": "hit-1", "by": "operator"})
    for _ in range(5):
        site.turn()
    assert site.opened == ["hit-1"]
    site.ask({"hit": "hit-1", "by": "operator"})
    site.turn()
    assert site.opened == ["hit-1", "hit-1"]


def test_an_answer_is_put_away_after_a_minute_and_at_the_end(site: Site) -> None:
    site.ask({"hit": "hit-1", "by": "operator"})
    site.turn()
    site.clock.advance(KEPT_S - 5)
    site.turn()
    assert site.answer() is not None
    site.clock.advance(10)
    site.turn()
    assert site.files() == []
    site.ask({"hit": "hit-1", "by": "operator"})
    site.turn()
    site.desk.close()
    assert site.files() == []


def test_what_an_earlier_process_left_is_removed(site: Site) -> None:
    site.answers.folder.mkdir()
    left = site.answers.folder / "hit-9.jpg"
    left.write_bytes(JPEG)
    os.utime(left, (1, 1))
    site.turn()
    assert site.files() == []


def test_a_hit_without_a_picture_is_told_in_words(site: Site) -> None:
    site.ask({"hit": "hit-2", "by": "operator"})
    site.turn()
    found = site.answer("hit-2")
    assert found is not None
    assert found.data == b""
    assert "No picture of this hit is kept" in found.problem


def test_a_damaged_store_is_told_with_its_remedy(site: Site) -> None:
    site.broken = True
    site.ask({"hit": "hit-1", "by": "operator"})
    site.turn()
    assert site.answer() == Answer(b"", "The spool is damaged.", "Look at the disk.")


def test_without_an_audit_line_nothing_is_opened(site: Site) -> None:
    site.audit_file.mkdir()
    site.ask({"hit": "hit-1", "by": "operator"})
    site.turn()
    found = site.answer()
    assert found is not None
    assert "audit log" in found.problem
    assert site.opened == []


def test_a_run_folder_on_a_disk_gets_no_picture(tmp_path: Path) -> None:
    site = Site(tmp_path, in_ram=False)
    site.ask({"hit": "hit-1", "by": "operator"})
    site.turn()
    found = site.answer()
    assert found is not None
    assert found.remedy == "Set box.run_dir to a tmpfs."
    assert site.opened == []


@pytest.mark.parametrize(
    "document",
    [
        {"hit": "hit-1", "by": "installer"},
        {"hit": "hit-1"},
        {"hit": "../../state/spool", "by": "operator"},
        {"hit": "", "by": "operator"},
        {"hit": "x" * 65, "by": "operator"},
        {"hit": ["hit-1"], "by": "operator"},
        {"hit": "hit-1", "by": "operator", "more": "x" * 2000},
        ["hit-1"],
        "hit-1",
        None,
    ],
)
def test_what_is_no_wish_opens_nothing(site: Site, document: object) -> None:
    site.ask(document)
    site.turn()
    assert site.opened == []
    assert site.files() == []


@pytest.mark.parametrize("ahead_s", [-30.0, 30.0])
def test_a_wish_of_another_time_opens_nothing(site: Site, ahead_s: float) -> None:
    site.ask({"hit": "hit-1", "by": "operator"}, ahead_s)
    site.turn()
    assert site.opened == []


def test_a_wish_that_is_a_link_opens_nothing(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"hit": "hit-1", "by": "operator"}))
    site.wish.symlink_to(other)
    site.turn()
    assert site.opened == []
