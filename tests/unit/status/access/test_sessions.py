"""A session ends by age, by idleness, by sign-out, and never lives in two places."""

from __future__ import annotations

from edge.status.access.roles import Access, Role
from edge.status.access.sessions import MAX_SESSIONS, Sessions
from tests.fakes.clock import FakeClock


def make(clock: FakeClock) -> Sessions:
    return Sessions(clock, life_s=3600, idle_s=600)


def test_a_session_ends_after_its_idle_time_and_what_a_page_asks_by_itself_counts_not() -> None:
    clock = FakeClock()
    sessions = make(clock)
    token, session = sessions.begin(Role.OPERATOR)
    clock.advance(599)
    assert sessions.find(token) == session
    clock.advance(300)
    assert sessions.find(token, touch=False) == session
    clock.advance(301)
    assert sessions.find(token) is None


def test_a_busy_session_still_ends_after_its_life() -> None:
    clock = FakeClock()
    sessions = make(clock)
    token, _ = sessions.begin(Role.OPERATOR)
    for _ in range(11):
        clock.advance(300)
        assert sessions.find(token) is not None
    clock.advance(300)
    assert sessions.find(token) is None


def test_a_token_is_not_kept_and_a_guess_is_nobody() -> None:
    sessions = make(FakeClock())
    token, session = sessions.begin(Role.OPERATOR)
    assert token not in (session.key, session.csrf)
    assert sessions.find(session.key) is None
    assert sessions.find("") is None


def test_a_new_sign_in_has_its_own_token_and_form_token() -> None:
    sessions = make(FakeClock())
    (one, first), (other, second) = (sessions.begin(Role.OPERATOR) for _ in range(2))
    assert one != other
    assert first.csrf != second.csrf


def test_a_changed_password_ends_the_other_sessions_of_that_account_only() -> None:
    sessions = make(FakeClock())
    mine, own = sessions.begin(Role.OPERATOR)
    other, _ = sessions.begin(Role.OPERATOR)
    installer, _ = sessions.begin(Role.INSTALLER)
    sessions.end_all(Role.OPERATOR, but=own)
    assert [bool(sessions.find(one)) for one in (mine, other, installer)] == [True, False, True]


def test_the_table_is_bounded_and_the_idlest_goes() -> None:
    clock = FakeClock()
    sessions = make(clock)
    first, _ = sessions.begin(Role.OPERATOR)
    second, _ = sessions.begin(Role.OPERATOR)
    clock.advance(1)
    sessions.find(first)
    for _ in range(MAX_SESSIONS - 1):
        sessions.begin(Role.OPERATOR)
    assert sessions.find(first) is not None
    assert sessions.find(second) is None


def test_each_kind_of_access_lets_in_whom_it_names() -> None:
    allowed = {access: [access.allows(role) for role in (None, *Role)] for access in Access}
    assert allowed == {
        Access.PUBLIC: [True, True, True],
        Access.SIGNED_IN: [False, True, True],
        Access.OPERATOR: [False, True, False],
        Access.INSTALLER: [False, False, True],
    }
