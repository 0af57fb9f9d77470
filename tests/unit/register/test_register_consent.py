"""No enrolment without a live consent."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from edge.errors import ConsentError
from edge.register.consent import (
    MAX_DOCUMENT_BYTES,
    Consent,
    latest_end,
    make_consent,
    read_document,
)
from tests.fakes.registers import FORM
from tests.fakes.watchlists import NOW

TODAY = NOW.date()
DAY = timedelta(days=1)


def make(
    given_on: date = TODAY,
    expires: date | None = TODAY + 30 * DAY,
    sites: tuple[str, ...] = ("*",),
    given_by: str = "self",
) -> Consent:
    return make_consent(FORM, given_by, given_on, expires, sites, NOW)


def test_a_consent_without_document_is_refused() -> None:
    with pytest.raises(ConsentError, match="No consent document"):
        read_document(None)


def test_a_document_that_is_missing_empty_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "form.PDF"
    with pytest.raises(ConsentError, match="No such file"):
        read_document(path)
    path.touch()
    with pytest.raises(ConsentError, match="is empty"):
        read_document(path)
    with path.open("wb") as file:
        file.truncate(MAX_DOCUMENT_BYTES + 1)
    with pytest.raises(ConsentError, match=str(MAX_DOCUMENT_BYTES)):
        read_document(path)
    path.write_bytes(b"signed")
    document = read_document(path)
    assert document.suffix == ".pdf"
    assert document.sha256 == hashlib.sha256(b"signed").hexdigest()


def test_a_consent_needs_an_end() -> None:
    with pytest.raises(ConsentError, match="no end"):
        make(expires=None)


@pytest.mark.parametrize("expires", [TODAY, TODAY - DAY])
def test_a_consent_that_has_ended_is_refused(expires: date) -> None:
    with pytest.raises(ConsentError, match="ended on"):
        make(expires=expires)


def test_a_consent_of_tomorrow_is_refused() -> None:
    with pytest.raises(ConsentError, match="after today"):
        make(given_on=TODAY + DAY)


def test_a_consent_lasts_at_most_24_months() -> None:
    assert make(expires=date(2028, 3, 1)).expires == date(2028, 3, 1)
    with pytest.raises(ConsentError, match="more than 24 months"):
        make(expires=date(2028, 3, 2))


def test_24_months_after_a_leap_day_is_the_last_of_february() -> None:
    assert latest_end(date(2028, 2, 29)) == date(2030, 2, 28)


@pytest.mark.parametrize("sites", [(), ("",), ("North",), ("a b",), ("north\n",), ("x" * 64,)])
def test_sites_are_named_as_boxes_name_them(sites: tuple[str, ...]) -> None:
    with pytest.raises(ConsentError, match="sites"):
        make(sites=sites)


def test_a_site_named_twice_counts_once() -> None:
    assert make(sites=("north", "south", "north")).sites == ("north", "south")


def test_consent_is_given_by_the_person_or_a_guardian() -> None:
    assert make(given_by="guardian").given_by == "guardian"
    with pytest.raises(ConsentError, match="boss"):
        make(given_by="boss")


def test_a_consent_ends_when_its_last_day_begins() -> None:
    consent = make(expires=TODAY + DAY)
    end = datetime(2026, 3, 2, tzinfo=UTC)
    assert consent.ends_at == end
    assert consent.live(end - timedelta(microseconds=1))
    assert not consent.live(end)
    assert not consent.live(NOW - DAY)
