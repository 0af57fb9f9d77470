"""Addresses of databases, and what is said when one cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import ConfigError, HubError
from edge.hub.database import named, open_engine, parse_url
from edge.hub.ledger import gaps
from edge.hub.migrate import migrate


@pytest.mark.parametrize("text", ["sqlite:////tmp/hub.sqlite", "postgresql+psycopg://me@db/hits"])
def test_the_two_databases_are_known(text: str) -> None:
    assert named(parse_url(text)) == text


@pytest.mark.parametrize(
    "text", ["", "hub.sqlite", "sqlite://", "sqlite:///:memory:", "mysql://db/hits", "a://[b"]
)
def test_another_address_is_refused_with_the_form_to_write(text: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:///FILE"):
        parse_url(text)


def test_a_password_is_never_shown() -> None:
    assert "geheim" not in named(parse_url("postgresql+psycopg://me:geheim@db/hits"))


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/no/hub.sqlite"))
    with pytest.raises(HubError, match="cannot be made"):
        migrate(engine)
    engine.dispose()


def test_a_database_without_tables_names_the_command_that_makes_them(tmp_path: Path) -> None:
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/hub.sqlite"))
    with pytest.raises(HubError, match="watchpost hub migrate"):
        gaps(engine, limit=1)
    engine.dispose()


def test_the_databases_file_is_its_owners_alone(tmp_path: Path) -> None:
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/hub.sqlite"))
    migrate(engine)
    assert (tmp_path / "hub.sqlite").stat().st_mode & 0o077 == 0
    engine.dispose()


def test_a_database_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").write_bytes(b"no database at all" * 100)
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/hub.sqlite"))
    with pytest.raises(HubError):
        migrate(engine)
    engine.dispose()
