"""The box's settings as the page shows them: each value and where it came from.

In: settings and the environment. Out: rows by table. Always: read only; nothing that is a secret
is shown, and neither are passwords inside addresses.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.runtime.log_file import masked
from edge.runtime.setting_tables import Settings
from edge.runtime.setting_values import Table
from edge.runtime.settings import ENV_PREFIX

_SECRETS = ("password", "passphrase", "secret", "token")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting.

    Attributes:
        name: ``table.key``.
        value: in words.
        origin: "default", "file", "environment" or "page".
    """

    name: str
    value: str
    origin: str


def setting_rows(
    settings: Settings,
    environ: Mapping[str, str] = os.environ,
    from_page: Mapping[str, float] | None = None,
) -> dict[str, list[SettingRow]]:
    """All settings by table.

    Args:
        settings: the box's.
        environ: the environment they were read with.
        from_page: what was set on the page instead, by ``table.key``.
    """
    named = {name.upper() for name in environ if name.startswith(ENV_PREFIX)}
    chosen = from_page or {}
    return {
        table: [_row(table, found, key, named, chosen) for key in type(found).model_fields]
        for table, found in _tables(settings)
    }


def _tables(settings: Settings) -> Iterator[tuple[str, Table]]:
    for name, found in settings:
        if isinstance(found, Table):
            yield name, found
    yield from ((f"cameras {n}", one) for n, one in enumerate(settings.cameras, 1))


def _row(
    table: str, found: Table, key: str, named: set[str], chosen: Mapping[str, float]
) -> SettingRow:
    name = f"{table}.{key}"
    if name in chosen:
        return SettingRow(name, f"{chosen[name]:g}", "page")
    if f"{ENV_PREFIX}{table}__{key}".upper() in named:
        origin = "environment"
    else:
        origin = "file" if key in found.model_fields_set else "default"
    return SettingRow(name, _words(key, getattr(found, key)), origin)


def _words(key: str, value: object) -> str:
    if value is None or value in ("", ()):
        return "–"
    secret = any(one in key for one in _SECRETS) and not isinstance(value, (Path, bool))
    if secret:
        return "***"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, tuple):
        return masked(", ".join(str(one) for one in value))
    return masked(str(value))
