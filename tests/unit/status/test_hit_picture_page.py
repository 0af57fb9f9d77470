"""A hit's picture: the operator's, after the password, on the record, never in a cache."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.runtime.answer_file import PICTURE_WISH, Answer, pictures
from edge.status.access.roles import Role
from edge.status.answer_desk import AnswerDesk
from edge.status.unlocking import UNLOCKED_S
from tests.unit.status.page_fakes import hit
from tests.unit.status.page_site import PageSite

JPEG = b"\xff\xd8 a face"
PAGE, PICTURE = "/hits/picture?hit=hit-1", "/hits/picture.jpg?hit=hit-1"


class Recogniser:
    """Answers the page's wish while the page waits for it."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        self._folder, self._answer = folder, answer
        self.wishes: list[dict[str, str]] = []

    def __call__(self, seconds: float) -> None:
        self.wishes.append(json.loads((self._folder / "requests" / PICTURE_WISH).read_bytes()))
        pictures(self._folder).write(self.wishes[-1]["hit"], self._answer)


@pytest.fixture
def site(tmp_path: Path) -> PageSite:
    (tmp_path / "requests").mkdir()
    return PageSite(tmp_path, replace(hit(1, label="Room 12"), pictured=True), hit(2))


def unlock(site: PageSite, csrf: str, password: str = "") -> int:
    form = {"csrf": csrf, "hit": "hit-1", "password": password or site.passwords[Role.OPERATOR]}
    return site.ask("/hits/picture", form).status_code


def desk_of(folder: Path, pause: Callable[[float], None]) -> AnswerDesk:
    return AnswerDesk("hit", folder / "requests" / PICTURE_WISH, pictures(folder), pause)


def desk(folder: Path, answer: Answer) -> tuple[AnswerDesk, Recogniser]:
    (folder / "requests").mkdir(exist_ok=True)
    recogniser = Recogniser(folder, answer)
    return desk_of(folder, recogniser), recogniser


def test_a_wish_names_the_hit_and_comes_back_as_a_picture(tmp_path: Path) -> None:
    asked, recogniser = desk(tmp_path, Answer(JPEG))
    assert asked.ask("hit-1") == Answer(JPEG)
    assert recogniser.wishes == [{"hit": "hit-1", "by": "operator"}]
    assert asked.opened("hit-1") == JPEG
    assert asked.opened("../requests/picture") == b""


def test_a_refusal_comes_back_in_its_own_words(tmp_path: Path) -> None:
    asked, _ = desk(tmp_path, Answer(b"", "No picture is kept.", "Nothing to do."))
    assert asked.ask("hit-1") == Answer(b"", "No picture is kept.", "Nothing to do.")


def test_a_recogniser_that_is_silent_is_told(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    asked = desk_of(tmp_path, lambda _: None)
    assert "has not answered" in asked.ask("hit-1").problem


def test_an_answer_to_an_earlier_wish_is_not_taken_for_one_to_this(tmp_path: Path) -> None:
    pictures(tmp_path).write("hit-1", Answer(b"\xff\xd8 old"))
    os.utime(tmp_path / "pictures" / "hit-1.jpg", (1, 1))
    asked, recogniser = desk(tmp_path, Answer(JPEG))
    assert asked.ask("hit-1").data == JPEG
    assert len(recogniser.wishes) == 1


def test_only_hits_with_a_picture_offer_one_and_only_to_the_operator(site: PageSite) -> None:
    site.sign_in()
    page = site.ask("/hits").text
    assert PAGE in page
    assert "/hits/picture?hit=hit-2" not in page
    site.sign_in(Role.INSTALLER)
    assert "/hits/picture" not in site.ask("/hits").text
    assert site.ask(PAGE).status_code == 403
    assert site.ask(PICTURE).status_code == 403
    site.cookies = {}
    assert site.ask(PAGE).status_code == 303
    assert site.ask(PICTURE).status_code == 303


def test_without_the_password_there_is_no_picture(site: PageSite, tmp_path: Path) -> None:
    pictures(tmp_path).write("hit-1", Answer(JPEG))
    csrf = site.sign_in().csrf
    assert "Your password again" in site.ask(PAGE).text
    assert site.ask(PICTURE).status_code == 403
    assert unlock(site, csrf, "wrong") == 422
    assert site.ask(PICTURE).status_code == 403
    assert not (tmp_path / "requests" / PICTURE_WISH).exists()


def test_the_password_opens_pictures_for_a_while_and_every_step_leaves_a_line(
    site: PageSite, tmp_path: Path
) -> None:
    csrf = site.sign_in().csrf
    assert unlock(site, csrf) == 303
    pictures(tmp_path).write("hit-1", Answer(JPEG))  # what the recogniser will have answered
    answer = site.ask(PICTURE)
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert site.ask("/hits/picture.jpg?hit=hit-2").status_code == 404
    assert site.deeds()[-1] == ("operator", "hit-pictures-unlocked")
    site.clock.advance(UNLOCKED_S + 1)
    site.sign_in()
    assert site.ask(PICTURE).status_code == 403


def test_another_session_must_give_the_password_itself(site: PageSite, tmp_path: Path) -> None:
    pictures(tmp_path).write("hit-1", Answer(JPEG))
    assert unlock(site, site.sign_in().csrf) == 303
    site.sign_in()
    assert site.ask(PICTURE).status_code == 403


def test_a_hit_without_a_picture_and_one_that_is_not_there_say_so(site: PageSite) -> None:
    site.sign_in()
    assert "No picture of this hit is kept" in site.ask("/hits/picture?hit=hit-2").text
    assert site.ask("/hits/picture?hit=hit-9").status_code == 404
    assert site.ask("/hits/picture").status_code == 404
