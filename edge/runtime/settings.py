"""All settings of a box, read from one TOML file and the environment, checked before use.

In: a TOML file (at most 256 KiB) and variables such as ``WATCHPOST_MQTT__HOST`` (two
underscores between table and key). Out: one frozen :class:`Settings`. Always: an unknown key
is refused with the nearest known one, a value out of its range is refused with the range,
and relative paths mean "beside the file". Reading settings opens nothing but that file.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edge.errors import ConfigError
from edge.runtime.setting_tables import Settings
from edge.runtime.setting_values import Table

MAX_FILE_BYTES = 256 * 1024
ENV_PREFIX = "WATCHPOST_"
CAMERA_NAMES = ("picamera2",)
_LISTS = ("keys", "report_uncertain", "cores")  # separated by commas in the environment
# Variables of the command line and the tests that are not settings.
_NOT_SETTINGS = frozenset(
    f"WATCHPOST_{name}"
    for name in (
        *("CONFIG", "REGISTER", "PASSPHRASE", "TEST_FACES"),
        *("HUB_BROKER", "HUB_DATABASE", "HUB_OPTIONS", "HUB_STATE_DIR"),
        *("FLEET", "FLEET_PASSPHRASE", "BUNDLE_PASSPHRASE"),
    )
)


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read and check the settings.

    Args:
        path: the TOML file, or None for the defaults alone.
        environ: the environment; only ``WATCHPOST_TABLE__KEY`` names are read.

    Raises:
        ConfigError: the file cannot be read, is too large, is no TOML, or a value is wrong.
    """
    tree = _read_toml(path) if path else {}
    for table, key, value in _overrides(environ):
        branch = tree.setdefault(table, {})
        if not isinstance(branch, dict):
            raise ConfigError(f"[{table}] is not a table.", f"Write [{table}] in {path}.")
        branch[key] = value
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise _explain(error, path) from error
    return _beside(settings, path.parent if path else Path.cwd())


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The settings file {path} cannot be read ({error.strerror}).",
            "Give its path with --config, or copy firmware_config/watchpost.example.toml there.",
        ) from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(
            f"The settings file {path} is larger than {MAX_FILE_BYTES} bytes.",
            "Check that it is a watchpost settings file.",
        )
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.", "Correct that line.") from error


def _overrides(environ: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    found: list[tuple[str, str, Any]] = []
    for name, value in sorted(environ.items()):
        table, mark, key = name.removeprefix(ENV_PREFIX).lower().partition("__")
        if not name.startswith(ENV_PREFIX) or name in _NOT_SETTINGS:
            continue
        if not mark:
            raise ConfigError(
                f"The variable {name} is no setting.",
                f"Write {ENV_PREFIX}TABLE__KEY with two underscores, such as "
                f"{ENV_PREFIX}MQTT__HOST, or unset it.",
            )
        found.append((table, key, value.split(",") if key in _LISTS else value))
    return found


def _explain(error: ValidationError, path: Path | None) -> ConfigError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    source = str(path) if path else "the environment"
    if first["type"] == "extra_forbidden":
        near = _nearest(tuple(str(part) for part in first["loc"]))
        remedy = f"Did you mean {near}?" if near else "Remove it."
        return ConfigError(f"Unknown setting {where} in {source}.", remedy)
    return ConfigError(
        f"Setting {where} in {source} is not usable: {first['msg'].lower()} "
        f"(it is {first['input']!r}).",
        "See firmware_config/watchpost.example.toml for the range of each setting.",
    )


def _nearest(location: tuple[str, ...]) -> str | None:
    table, key = (location[0], location[-1]) if len(location) > 1 else ("", location[0])
    tables = Settings.model_fields
    if not table:
        names = list(tables)
    else:
        inner = tables[table].default if table in tables else None
        names = list(type(inner).model_fields) if isinstance(inner, Table) else []
    match = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    prefix = f"{table}." if table else ""
    return f"{prefix}{match[0]}" if match else None


def _beside(settings: Settings, folder: Path) -> Settings:
    """Resolve relative paths against the settings file's folder."""

    def fixed(table: Table) -> Table:
        paths: dict[str, object] = {
            name: folder / value
            for name, value in table
            if isinstance(value, Path) and not value.is_absolute()
        }
        source = getattr(table, "source", "")
        if source and source not in CAMERA_NAMES and "://" not in source:
            paths["source"] = str(folder / source)  # an absolute path stays as it is
        return table.model_copy(update=paths)

    tables: dict[str, object] = {
        name: fixed(table) for name, table in settings if isinstance(table, Table)
    }
    tables["cameras"] = tuple(fixed(camera) for camera in settings.cameras)
    return settings.model_copy(update=tables)
