"""The public notice: in two languages, with the settings' words, and a sign to print."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.runtime.setting_tables import NoticeSettings
from edge.status.notice_texts import WORDS
from edge.status.pages.notice import language_of
from tests.fakes.page_files import write_list
from tests.unit.status.page_fakes import NOW
from tests.unit.status.page_site import PageSite


def test_all_languages_have_the_same_parts_and_places() -> None:
    english = WORDS["en"]
    for said in WORDS.values():
        assert [len(texts) for _, texts in said.sections] == [
            len(texts) for _, texts in english.sections
        ]
        assert len(said.sign) == len(english.sign)
        for (_, ours), (_, theirs) in zip(said.sections, english.sections, strict=True):
            for name in ("{operator}", "{purposes}", "{retention}", "{contact}"):
                assert (name in "".join(ours)) == (name in "".join(theirs))


@pytest.mark.parametrize(
    ("asked", "accepted", "expected"),
    [
        ("de", "en", "de"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "fr, en;q=0.5, de;q=0.4", "en"),
        ("", "fr", "en"),
        ("", "de;q=0, en;q=x", "en"),
        ("../../etc", "", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_browsers(
    asked: str, accepted: str, expected: str
) -> None:
    assert language_of(asked, accepted, "en") == expected


def test_the_notice_needs_no_sign_in_and_says_what_the_lists_are_for(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    write_list(tmp_path, NOW)
    page = site.ask("/notice").text
    assert "Tell the nurses when a resident leaves." in page
    assert "for 7 days" in page
    german = site.ask("/notice?lang=de").text
    assert '<html lang="de">' in german
    assert "Über diese Kamera" in german


def test_the_settings_words_stand_first_and_are_escaped(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    notice = NoticeSettings(
        operator="Home <7>",
        contact="desk@example.org",
        purpose={"en": "To greet you.", "de": "Um Sie zu grüßen."},
        retention="One day.",
        address="https://example.org/camera",
    )
    site.context.settings = site.context.settings.model_copy(update={"notice": notice})
    page = site.ask("/notice").text
    for expected in ("Home &lt;7&gt;", "desk@example.org", "To greet you.", "One day."):
        assert expected in page
    assert "Um Sie zu grüßen." in site.ask("/notice?lang=de").text
    sign = site.ask("/notice/sign").text
    assert "https://example.org/camera" in sign
    assert 'class="qr"' in sign


def test_the_sign_leads_to_the_boxs_own_notice_when_nothing_else_is_set(tmp_path: Path) -> None:
    assert "http://localhost/notice" in PageSite(tmp_path).ask("/notice/sign").text
