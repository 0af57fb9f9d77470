"""Passwords are hashes in one file; the first ones are made here and shown until changed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.status.access.accounts import FILE, MAX_LENGTH, Accounts
from edge.status.access.roles import Role
from tests.unit.status.page_site import QUICK


def test_the_first_start_makes_passwords_that_work_and_the_second_makes_none(
    tmp_path: Path,
) -> None:
    made = Accounts(tmp_path, QUICK).prepare()
    again = Accounts(tmp_path, QUICK)
    assert again.prepare() == {}
    assert set(made) == set(Role)
    assert len(set(made.values())) == len(Role)
    for role, password in made.items():
        assert again.is_right(role, password)
        assert again.first_password(role) == password
    assert not again.is_right(Role.OPERATOR, made[Role.INSTALLER])


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, QUICK)
    accounts.prepare()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    accounts.renew(Role.OPERATOR)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_chosen_password_is_only_kept_as_a_hash(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, QUICK)
    first = accounts.prepare()[Role.OPERATOR]
    accounts.change(Role.OPERATOR, "correct horse battery")
    text = (tmp_path / FILE).read_text()
    assert "correct horse" not in text
    assert first not in text
    assert "$argon2id$" in text
    assert accounts.first_password(Role.OPERATOR) is None
    assert accounts.is_right(Role.OPERATOR, "correct horse battery")
    assert not accounts.is_right(Role.OPERATOR, first)


@pytest.mark.parametrize("password", ["", "short", "x" * (MAX_LENGTH + 1)])
def test_a_password_out_of_bounds_is_refused(tmp_path: Path, password: str) -> None:
    accounts = Accounts(tmp_path, QUICK)
    first = accounts.prepare()[Role.OPERATOR]
    with pytest.raises(ConfigError, match="characters"):
        accounts.change(Role.OPERATOR, password)
    assert not accounts.is_right(Role.OPERATOR, password)
    assert accounts.is_right(Role.OPERATOR, first)


def test_another_process_may_make_a_new_password_meanwhile(tmp_path: Path) -> None:
    page, command = Accounts(tmp_path, QUICK), Accounts(tmp_path, QUICK)
    page.prepare()
    assert page.is_right(Role.INSTALLER, command.renew(Role.INSTALLER))


@pytest.mark.parametrize("text", ["", "{}", '{"accounts": {}}', "\x00" * 40, "[" * 20_000])
def test_a_damaged_file_is_told_and_lets_nobody_in(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    accounts = Accounts(tmp_path, QUICK)
    with pytest.raises(ConfigError, match="damaged"):
        accounts.prepare()
    with pytest.raises(ConfigError, match="damaged"):
        accounts.is_right(Role.OPERATOR, "x")
