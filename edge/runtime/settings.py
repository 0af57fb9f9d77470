"""All settings of a box, read from one TOML file and the environment, checked before use.

In: a TOML file (at most 256 KiB) and variables such as ``WATCHPOST_MQTT__HOST`` (two
underscores between table and key). Out: one frozen :class:`Settings`. Always: an unknown key
is refused with the nearest known one, a value out of its range is refused with the range,
and relative paths mean "beside the file". Reading settings opens nothing but that file.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from edge.errors import ConfigError

MAX_FILE_BYTES = 256 * 1024
ENV_PREFIX = "WATCHPOST_"
CAMERA_NAMES = ("picamera2",)
_LISTS = ("keys", "report_uncertain")  # separated by commas in the environment
# Variables of the command line and the tests that are not settings.
_NOT_SETTINGS = frozenset(
    f"WATCHPOST_{name}" for name in ("CONFIG", "REGISTER", "PASSPHRASE", "TEST_FACES")
)
_UNITS_S = {"ms": 0.001, "s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _duration(value: object) -> object:
    """Turn ``"90s"``, ``"5m"``, ``"2h"`` or ``"7d"`` into a timedelta; pass what is no text on."""
    if isinstance(value, str):
        parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)\s*", value)
        if not parts:
            raise ValueError("write a time such as 500ms, 90s, 5m, 2h or 7d")
        return timedelta(seconds=float(parts[1]) * _UNITS_S[parts[2]])
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class BoxSettings(_Table):
    """Who this box is and where it keeps its files."""

    id: Name = "box-1"
    site: Name = "site-1"
    state_dir: Path = Path("/var/lib/watchpost")
    run_dir: Path = Path("/run/watchpost")


class CameraSettings(_Table):
    """Where frames come from.

    ``source`` is ``picamera2``, ``/dev/video0``, ``rtsp://…``, a video file or a folder of
    pictures.
    """

    name: Name = "camera-1"
    source: str = Field(default="picamera2", min_length=1, max_length=2048)
    width: int = Field(default=1280, ge=64, le=4096)
    height: int = Field(default=720, ge=64, le=4096)
    frames_per_s: float = Field(default=10.0, gt=0, le=120)
    pace: Literal["real-time", "as-fast-as-possible"] = "real-time"
    loop: bool = False
    open_timeout: Duration = timedelta(seconds=10)
    read_timeout: Duration = timedelta(seconds=5)
    reconnect_max: Duration = timedelta(seconds=30)


class PackSettings(_Table):
    """Which models, and whose packs may be installed.

    ``name`` is that of a bundled pack, ``id`` or ``id@version`` of an installed one, or the
    path of a pack's folder. ``index`` is where ``watchpost models fetch`` looks names up.
    """

    name: str = Field(default="default", min_length=1, max_length=1024)
    threads: int = Field(default=1, ge=1, le=16)
    keys: tuple[str, ...] = Field(default=(), max_length=16)
    index: str = Field(default="", max_length=2048)


class DecisionSettings(_Table):
    """When a track becomes a hit. Unset values come from the pack's manifest.

    With ``false_alarms_per_week`` the threshold follows from it; ``threshold`` must be unset
    then. ``report_uncertain`` names the lists whose uncertain tracks are counted.
    """

    threshold: float | None = Field(default=None, ge=0.5, le=0.999)
    false_alarms_per_week: float | None = Field(default=None, ge=0.001, le=10_000)
    strangers_per_week: float = Field(default=5000.0, ge=1, le=10_000_000)
    report_uncertain: tuple[Name, ...] = Field(default=(), max_length=64)
    margin: float | None = Field(default=None, ge=0.0, le=0.5)
    min_frames: int | None = Field(default=None, ge=3, le=100)
    re_alert_interval: Duration = timedelta(seconds=60)
    track_timeout: Duration = timedelta(seconds=1)

    @model_validator(mode="after")
    def _one_of_two(self) -> DecisionSettings:
        if self.threshold is not None and self.false_alarms_per_week is not None:
            raise ValueError("give threshold or false_alarms_per_week, not both")
        return self


class WatchlistSettings(_Table):
    """Where the signed list comes from, whose signature counts, and how it is searched."""

    source: str = Field(default="", max_length=2048)
    keys: tuple[str, ...] = Field(default=(), max_length=16)
    refresh: Duration = timedelta(minutes=5)
    max_bytes: int = Field(default=256 * 1024 * 1024, ge=1024, le=2**31)
    search: Literal["exact", "hnsw"] = "exact"


class MqttSettings(_Table):
    """The broker that hits go to."""

    host: str = Field(default="localhost", min_length=1, max_length=253)
    port: int = Field(default=1883, ge=1, le=65535)
    username: str = Field(default="", max_length=256)
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive: Duration = timedelta(seconds=30)
    reconnect_max: Duration = timedelta(seconds=30)


class SpoolSettings(_Table):
    """Bounds of the store of hits on the box."""

    max_rows: int = Field(default=1_000_000, ge=100, le=100_000_000)
    keep_sent: Duration = timedelta(days=7)
    min_free_bytes: int = Field(default=64 * 1024 * 1024, ge=0, le=2**40)


class StatusSettings(_Table):
    """The local web page."""

    host: str = Field(default="127.0.0.1", max_length=253)
    port: int = Field(default=8087, ge=0, le=65535)


class ClockSettings(_Table):
    """When the time of day is believed.

    ``synchronised``: only once the kernel's clock is disciplined by NTP or the like.
    ``system``: always; for machines with a battery-backed clock.
    """

    trust: Literal["synchronised", "system"] = "synchronised"


class Settings(_Table):
    """Everything a box is told; see ``firmware_config/watchpost.example.toml``."""

    box: BoxSettings = BoxSettings()
    camera: CameraSettings = CameraSettings()
    pack: PackSettings = PackSettings()
    decision: DecisionSettings = DecisionSettings()
    watchlist: WatchlistSettings = WatchlistSettings()
    mqtt: MqttSettings = MqttSettings()
    spool: SpoolSettings = SpoolSettings()
    status: StatusSettings = StatusSettings()
    clock: ClockSettings = ClockSettings()


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
        names = list(type(inner).model_fields) if isinstance(inner, _Table) else []
    match = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    prefix = f"{table}." if table else ""
    return f"{prefix}{match[0]}" if match else None


def _beside(settings: Settings, folder: Path) -> Settings:
    """Resolve relative paths against the settings file's folder."""

    def fixed(table: _Table) -> _Table:
        paths: dict[str, object] = {
            name: folder / value
            for name, value in table
            if isinstance(value, Path) and not value.is_absolute()
        }
        source = getattr(table, "source", "")
        if source and source not in CAMERA_NAMES and "://" not in source:
            paths["source"] = str(folder / source)  # an absolute path stays as it is
        return table.model_copy(update=paths)

    return settings.model_copy(
        update={name: fixed(table) for name, table in settings if isinstance(table, _Table)}
    )
