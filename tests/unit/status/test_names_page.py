"""Names are the operator's, asked for on the record, and shown only while they lie open."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from edge.runtime.answer_file import NAMES_WISH, Answer, names
from edge.status.access.roles import Role
from edge.values.names import NamedEntry, NamesOnList
from tests.fakes.clock import START
from tests.fakes.page_files import write_list
from tests.unit.status.page_site import PageSite

PAGE = "/watchlist/names?list=residents"
ADA = NamedEntry("Ada <b>Demo</b>", "entry-1", START + timedelta(days=30))
VERSION = 17  # as the page's list says


def told(*entries: NamedEntry, version: int = VERSION, total: int = 0) -> Answer:
    said = NamesOnList("residents", version, total or len(entries), entries)
    return Answer(TypeAdapter(NamesOnList).dump_json(said))


@pytest.fixture
def site(tmp_path: Path) -> PageSite:
    made = PageSite(tmp_path)
    made.context.run_dir.mkdir()
    write_list(tmp_path, START)
    return made


@contextmanager
def recogniser(folder: Path, answer: Answer) -> Iterator[list[dict[str, str]]]:
    """Answers the page's wishes, as the recognise process does."""
    wishes: list[dict[str, str]] = []
    stop = threading.Event()

    def work() -> None:
        path = folder / "requests" / NAMES_WISH
        while not stop.is_set():
            if path.exists():
                wishes.append(json.loads(path.read_bytes()))
                path.unlink()
                time.sleep(0.01)  # an answer is younger than its wish
                names(folder).write(wishes[-1]["list"], answer)
            stop.wait(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    yield wishes
    stop.set()
    thread.join()


def test_the_operator_reads_names_after_asking_and_both_leave_a_line(
    site: PageSite, tmp_path: Path
) -> None:
    csrf = site.sign_in().csrf
    assert "Show the names on residents" in site.ask("/watchlist").text
    assert "names on staff" not in site.ask("/watchlist").text, "it tells no names"
    assert "No names lie open now." in site.ask(PAGE).text
    with recogniser(tmp_path, told(ADA)) as wishes:
        asked = site.ask("/watchlist/names", {"csrf": csrf, "list": "residents"})
    assert (asked.status_code, asked.headers["location"]) == (303, PAGE)
    assert wishes == [{"list": "residents", "by": "operator"}]
    page = site.ask(PAGE)
    assert "Ada &lt;b&gt;Demo&lt;/b&gt;" in page.text
    assert "1 entry can match here now" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert site.deeds()[-1] == ("operator", "names-asked")


def test_nobody_else_reads_names(site: PageSite, tmp_path: Path) -> None:
    names(tmp_path).write("residents", told(ADA))
    assert site.ask(PAGE).status_code == 303
    csrf = site.sign_in(Role.INSTALLER).csrf
    assert "names on residents" not in site.ask("/watchlist").text
    assert site.ask(PAGE).status_code == 403
    assert site.ask("/watchlist/names", {"csrf": csrf, "list": "residents"}).status_code == 403
    assert not (tmp_path / "requests" / NAMES_WISH).exists()


def test_a_list_without_names_and_one_that_is_none_are_not_found(site: PageSite) -> None:
    csrf = site.sign_in().csrf
    for name in ("staff", "nobody", "../residents", ""):
        assert site.ask(f"/watchlist/names?list={name}").status_code == 404
        assert site.ask("/watchlist/names", {"csrf": csrf, "list": name}).status_code == 404


def test_names_of_a_list_that_is_in_force_no_more_are_not_shown(
    site: PageSite, tmp_path: Path
) -> None:
    site.sign_in()
    names(tmp_path).write("residents", told(ADA, version=VERSION - 1))
    page = site.ask(PAGE).text
    assert "Ada" not in page
    assert "Show the names" in page


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"list_id": 7}', b"\xff" * 50])
def test_damaged_names_are_none(site: PageSite, tmp_path: Path, data: bytes) -> None:
    site.sign_in()
    names(tmp_path).write("residents", Answer(data))
    assert "No names lie open now." in site.ask(PAGE).text


def test_a_refusal_is_told_in_its_own_words(site: PageSite, tmp_path: Path) -> None:
    csrf = site.sign_in().csrf
    refusal = Answer(b"", "The audit log cannot be written.", "Free space on the box.")
    with recogniser(tmp_path, refusal):
        page = site.ask("/watchlist/names", {"csrf": csrf, "list": "residents"})
    assert page.status_code == 503
    assert "The audit log cannot be written." in page.text


def test_a_list_on_which_nobody_can_match_says_so(site: PageSite, tmp_path: Path) -> None:
    site.sign_in()
    names(tmp_path).write("residents", told())
    assert "Nobody on this list can match here now." in site.ask(PAGE).text


def test_a_long_list_says_that_it_is_not_whole(site: PageSite, tmp_path: Path) -> None:
    site.sign_in()
    names(tmp_path).write("residents", told(ADA, total=12_000))
    assert "these are the first 1 by name" in site.ask(PAGE).text
