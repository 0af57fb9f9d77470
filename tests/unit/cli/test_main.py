"""Only the command that is asked for is loaded, and no command is forgotten."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edge.cli.main import COMMANDS, build_parser, command_of, main


def commands_of(command: str) -> set[str]:
    parser = build_parser(command)
    (found,) = [action for action in parser._actions if isinstance(action.choices, dict)]
    return set(found.choices)


def test_every_command_is_in_the_table() -> None:
    assert commands_of("") == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_is_known_to_the_module_that_the_table_names(command: str) -> None:
    found = commands_of(command)
    assert command in found
    assert {COMMANDS[name] for name in found} == {COMMANDS[command]}


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["run"], "run"),
        (["--log-level", "info", "hits", "--json"], "hits"),
        (["--log-level=info", "hits"], "hits"),
        (["--help"], ""),
        ([], ""),
        (["--log-level"], ""),
    ],
)
def test_the_command_is_found_behind_the_options(arguments: list[str], command: str) -> None:
    assert command_of(arguments) == command


def test_the_page_is_started_without_models_register_or_hub() -> None:
    program = (
        "import sys; from edge.cli.main import build_parser; build_parser('status');"
        "unwanted = ('cv2', 'sqlalchemy', 'edge.register', 'edge.eval');"
        "print([name for name in unwanted if name in sys.modules])"
    )
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.stdout.strip() == "[]", said.stdout + said.stderr


def test_an_unknown_command_is_refused_with_all_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["recognize"])
    assert refused.value.code == 2
    assert "recognise" in capsys.readouterr().err
