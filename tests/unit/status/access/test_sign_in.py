"""Signing in and out through the whole page: cookies, tokens, lock-out, audit lines."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from edge.status.access.door import TRIES_OF_ACCOUNT, TRIES_OF_ADDRESS
from edge.status.access.roles import Role
from edge.status.access.throttle import FIRST_WAIT_S
from tests.unit.status.page_site import IDLE_S, PageSite


@pytest.fixture
def site(tmp_path: Path) -> PageSite:
    return PageSite(tmp_path)


def fields(site: PageSite, password: str | None = None, after: str = "/") -> dict[str, str]:
    right = site.passwords[Role.OPERATOR]
    return {"role": "operator", "password": password or right, "next": after}


def guess(site: PageSite, times: int, address: str = "192.0.2.7") -> int:
    answers = [site.ask("/sign-in", fields(site, "wrong"), address=address) for _ in range(times)]
    return answers[-1].status_code


@pytest.mark.parametrize(
    ("secure", "name"), [(False, "watchpost"), (True, "__Host-watchpost")], ids=["http", "https"]
)
def test_the_cookie_is_for_this_box_and_no_script(tmp_path: Path, secure: bool, name: str) -> None:
    site = PageSite(tmp_path, secure=secure)
    answer = site.ask("/sign-in", fields(site))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = SimpleCookie(answer.headers["set-cookie"])[name]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert bool(cookie["secure"]) is secure
    assert site.deeds() == [("operator", "sign-in")]


def test_a_wrong_password_says_so_and_sets_no_cookie(site: PageSite) -> None:
    answer = site.ask("/sign-in", fields(site, "wrong"))
    assert answer.status_code == 403
    assert "The password is not right." in answer.text
    assert "set-cookie" not in answer.headers


def test_the_fifth_wrong_password_locks_that_address_out_and_leaves_a_line(site: PageSite) -> None:
    assert guess(site, TRIES_OF_ADDRESS - 1) == 403
    assert guess(site, 1) == 429
    right = site.ask("/sign-in", fields(site))
    assert right.status_code == 429
    assert "Wait 5 minutes and try again." in right.text
    assert right.headers["retry-after"] == str(int(FIRST_WAIT_S))
    assert site.deeds() == [("operator", "lock-out")]
    assert site.ask("/sign-in", fields(site), address="192.0.2.8").status_code == 303
    site.clock.advance(FIRST_WAIT_S)
    assert site.ask("/sign-in", fields(site)).status_code == 303


def test_one_network_of_ipv6_is_one_caller(site: PageSite) -> None:
    for number in range(TRIES_OF_ADDRESS):
        guess(site, 1, f"2001:db8::{number}")
    assert guess(site, 1, "2001:db8::ffff") == 429
    assert guess(site, 1, "2001:db8:0:1::1") == 403


def test_many_addresses_together_lock_the_account(site: PageSite) -> None:
    for number in range(TRIES_OF_ACCOUNT):
        guess(site, 1, f"198.51.100.{number}")
    assert site.ask("/sign-in", fields(site), address="203.0.113.1").status_code == 429


@pytest.mark.parametrize(
    ("after", "led_to"),
    [
        ("/account", "/account"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
        ("/" + "x" * 500, "/"),
    ],
)
def test_signing_in_leads_on_within_this_box_only(site: PageSite, after: str, led_to: str) -> None:
    assert site.ask("/sign-in", fields(site, after=after)).headers["location"] == led_to


def test_signed_out_the_pages_ask_to_sign_in_and_the_rest_refuses(site: PageSite) -> None:
    answer = site.ask("/account")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/account"
    assert site.ask("/live/overview").status_code == 401
    assert site.ask("/events/overview").status_code == 401
    assert site.ask("/api/v1/state").status_code == 401
    assert site.ask("/api/v1/hits").status_code == 401
    assert site.ask("/notice").status_code == site.ask("/healthz").status_code == 200


def test_signing_out_needs_the_forms_token_and_ends_the_session(site: PageSite) -> None:
    session = site.sign_in()
    assert site.ask("/sign-out", {"csrf": ""}).status_code == 403
    assert site.ask("/sign-out", {"csrf": "é" * 43}).status_code == 403
    assert site.ask("/account").status_code == 200
    assert site.ask("/sign-out", {"csrf": session.csrf}).status_code == 303
    assert site.ask("/account").status_code == 303
    assert site.deeds()[-1] == ("operator", "sign-out")


def test_the_token_of_another_session_does_not_do(site: PageSite) -> None:
    other = site.sign_in(Role.INSTALLER)
    site.sign_in(Role.OPERATOR)
    assert site.ask("/sign-out", {"csrf": other.csrf}).status_code == 403


def test_an_idle_session_ends_although_its_page_asks_by_itself(site: PageSite) -> None:
    site.sign_in()
    site.clock.advance(IDLE_S - 1)
    assert site.ask("/live/overview").status_code == 200
    site.clock.advance(1)
    assert site.ask("/live/overview").status_code == 401


def test_a_password_is_changed_with_the_old_one_and_ends_other_sessions(site: PageSite) -> None:
    site.sign_in()
    elsewhere = dict(site.cookies)
    session = site.sign_in()
    form = {"csrf": session.csrf, "new": "a new password", "again": "a new password"}
    assert site.ask("/account/password", {**form, "old": "wrong"}).status_code == 422
    old = site.passwords[Role.OPERATOR]
    differing = site.ask("/account/password", {**form, "old": old, "again": "another one"})
    assert "The two new passwords differ." in differing.text
    short = site.ask("/account/password", {**form, "old": old, "new": "x", "again": "x"})
    assert "characters" in short.text
    done = site.ask("/account/password", {**form, "old": old})
    assert "The password is changed." in done.text
    assert site.deeds()[-1] == ("operator", "password-changed")
    assert site.ask("/account").status_code == 200
    site.cookies = elsewhere
    assert site.ask("/account").status_code == 303
    assert site.ask("/sign-in", fields(site, "a new password")).status_code == 303


def test_nothing_is_done_when_its_line_cannot_be_written(site: PageSite) -> None:
    (site.context.state_dir / "audit.log").mkdir()
    answer = site.ask("/sign-in", fields(site))
    assert answer.status_code == 403
    assert "The audit log cannot be written" in answer.text
    assert "set-cookie" not in answer.headers


def test_no_password_is_in_the_audit_log(site: PageSite) -> None:
    guess(site, TRIES_OF_ADDRESS)
    site.ask("/sign-in", fields(site), address="192.0.2.9")
    text = (site.context.state_dir / "audit.log").read_text()
    assert site.passwords[Role.OPERATOR] not in text
    assert "wrong" not in text


def test_an_account_that_there_is_not_is_refused(site: PageSite) -> None:
    assert site.ask("/sign-in", {**fields(site), "role": "root"}).status_code == 422
    assert site.ask("/sign-in", {"role": "operator"}).status_code == 422
