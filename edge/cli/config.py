"""``watchpost config show|check``: what is set, and whether it can work."""

from __future__ import annotations

import argparse
import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from edge.compose import box
from edge.recognise.pack import Pack
from edge.runtime.setting_tables import Settings
from edge.runtime.setting_values import Table
from edge.runtime.settings import load_settings

ENV_CONFIG = "WATCHPOST_CONFIG"
DEFAULT_CONFIG = Path("/etc/watchpost/watchpost.toml")


def add_config_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--config`` to a command."""
    parser.add_argument(
        "--config",
        type=Path,
        default=None,
        help=f"settings file; default: ${ENV_CONFIG}, else {DEFAULT_CONFIG} when it exists",
    )


def settings_path(args: argparse.Namespace) -> Path | None:
    """The settings file that a command was told to use, or None for the defaults."""
    if args.config is not None:
        return Path(args.config)
    if named := os.environ.get(ENV_CONFIG):
        return Path(named)
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def settings_of(args: argparse.Namespace) -> Settings:
    """The checked settings of a command.

    Raises:
        ConfigError: they are not usable.
    """
    return load_settings(settings_path(args), os.environ)


def pack_of(args: argparse.Namespace) -> Pack:
    """The pack that ``args.pack`` names: bundled, installed where the settings say, or a folder.

    Raises:
        ConfigError: the settings are not usable.
        PackError: the pack is missing or damaged.
    """
    return box.load(args.pack, box.installed_folder(settings_of(args)))


def add_parser(subparsers: Any) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("config", help="show or check the settings")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    show = commands.add_parser("show", help="print every setting with its value")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    check = commands.add_parser("check", help="check the settings; exit 2 when they are wrong")
    check.set_defaults(run=_check)
    for command in (show, check):
        add_config_option(command)


def _show(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    if args.json:
        print(_hidden(json.dumps(settings.model_dump(mode="json"), indent=2)))
        return 0
    print(f"# from {settings_path(args) or 'the defaults'} and WATCHPOST_* variables")
    for name, values in settings:
        if isinstance(values, Table) and (name != "camera" or not settings.cameras):
            _print_table(f"[{name}]", values)
    for camera in settings.cameras:
        _print_table("[[cameras]]", camera)
    return 0


def _print_table(title: str, values: Table) -> None:
    print(f"\n{title}")
    for key, value in values:
        note = "" if key in values.model_fields_set else "  # default"
        line = f"#: {key} has no value" if value is None else f"{key} = {_literal(value)}"
        print(line + note)


def _literal(value: object) -> str:
    """A value as it is written in the settings file."""
    if isinstance(value, timedelta):
        return f'"{value.total_seconds():g}s"'
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return _hidden(json.dumps(str(value) if isinstance(value, Path) else value))


def _hidden(text: str) -> str:
    """A text without the passwords of addresses in it."""
    return re.sub(r"(://[^/@:\s\"]*):[^/@\s\"]*@", r"\1:***@", text)


def _check(args: argparse.Namespace) -> int:
    box.check(settings_of(args))
    print(f"{settings_path(args) or 'The defaults'}: usable.")
    return 0
