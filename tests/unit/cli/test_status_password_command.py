"""``watchpost status password`` shows first passwords, makes new ones, and knows its bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.cli.main import main
from edge.status.access.accounts import Accounts
from edge.status.access.roles import Role


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "watchpost.toml"
    file.write_text('[box]\nstate_dir = "state"\nrun_dir = "run"\n')
    return file


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    lines = capsys.readouterr().out.splitlines()
    return dict(line.split(": ", 1) for line in lines)


def accounts(config: Path) -> Accounts:
    return Accounts(config.parent / "state" / "status")


def test_both_first_passwords_are_shown_again_and_again_and_they_work(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "password", "--config", str(config)]) == 0
    first = shown(capsys)
    assert set(first) == {"operator", "installer"}
    main(["status", "--config", str(config), "password"])
    assert shown(capsys) == first
    assert accounts(config).is_right(Role.OPERATOR, first["operator"])


def test_a_new_password_takes_the_place_of_one_role_alone(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["status", "password", "--config", str(config)])
    first = shown(capsys)
    main(["status", "password", "--role", "installer", "--new", "--config", str(config)])
    new = shown(capsys)
    assert set(new) == {"installer"}
    assert not accounts(config).is_right(Role.INSTALLER, first["installer"])
    assert accounts(config).is_right(Role.INSTALLER, new["installer"])
    assert accounts(config).is_right(Role.OPERATOR, first["operator"])


def test_a_password_that_was_changed_on_the_page_is_not_shown(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["status", "password", "--config", str(config)])
    accounts(config).change(Role.OPERATOR, "a password of one's own")
    capsys.readouterr()
    main(["status", "password", "--role", "operator", "--config", str(config)])
    said = capsys.readouterr().out
    assert "was changed on the page" in said
    assert "--role operator --new" in said


def test_a_folder_that_cannot_be_made_is_told_with_a_remedy(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.parent / "state").write_text("a file is in the way")
    assert main(["status", "password", "--config", str(config)]) != 0
    assert "cannot be made" in capsys.readouterr().err
