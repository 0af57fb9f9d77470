"""What goes into a support bundle, and how it is packed.

In: settings, what processes say, what lies in the state folder. Out: one ``.tar.gz`` that may be
given to somebody else. Always: text that a person chose is left out unless its setting is in
``PLAIN``; of the store of hits and the list nothing is opened; a file is named only where this
program gave it its name; log lines are only those of watchpost itself, which name nobody.
"""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.errors import ConfigError
from edge.runtime.log_file import masked
from edge.runtime.setting_tables import Settings

MAX_LOG_BYTES = 2 * 1024**2
MAX_FILES = 2000
SET = "(set, left out)"
_MIN_TEXT = 4  # shorter ones are words of every other sentence
# Settings whose text says how the box works and not who anybody is.
PLAIN = frozenset(
    {
        *("box.id", "box.site", "box.state_dir", "box.run_dir", "camera.name", "camera.pace"),
        *("pack.name", "watchlist.search", "watchlist.root", "mqtt.host", "mqtt.ack"),
        *("mqtt.tls_minimum", "spool.when_full", "status.host", "status.tls", "clock.trust"),
        *("notice.language", "home_assistant.prefix"),
    }
)
_OURS = re.compile(
    r"^(?:spool\.db(?:-wal|-shm|\.damaged-[0-9T]+(?:-wal|-shm)?)?|traffic\.json|"
    r"(?:watchlist|evidence)\.key|watchlist/(?:active\.sealed|segments/[0-9a-f]{64}\.sealed|"
    r"metadata/[0-9]*\.?(?:root|timestamp|snapshot|targets)\.json)|"
    r"status/(?:users\.json|budget\.json|audit\.log|reviews/[0-9a-f-]{36}\.json))$"
)
_LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) edge\.[a-z_.]+: "
)
_IN_ADDRESS = re.compile(r"//[^/@\s\"]{0,512}@")


def settings_shown(settings: Settings) -> dict[str, Any]:
    """The settings without what a person typed: numbers, choices, and ``PLAIN`` texts."""
    return {
        name: {key: _shown(f"{table}.{key}", value) for key, value in values.items()}
        for name, table, values in _tables(settings)
    }


def _tables(settings: Settings) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each table: its name here, the name its keys go by, its values; one for each camera."""
    for table, found in settings.model_dump(mode="json").items():
        if isinstance(found, dict):
            yield table, table, found
            continue
        yield from ((f"{table} {n}", "camera", one) for n, one in enumerate(found, 1))


def _shown(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float) or name in PLAIN:
        return value
    if name == "camera.source":  # what kind it is, not where
        kind = str(value).partition("://")[0]
        return kind if kind in ("picamera2", "rtsp", "rtsps") or kind.startswith("/dev/") else SET
    if isinstance(value, str) and re.fullmatch(r"P(?:\d+D)?(?:T[\d.HMS]+)?", value):
        return value  # a duration
    return SET if value else value


def withheld(settings: Settings) -> tuple[str, ...]:
    """The texts that :func:`settings_shown` leaves out, the longest first.

    An error may quote one: they are taken out of every part.
    """
    shown = settings_shown(settings)
    texts = {
        text
        for name, _, values in _tables(settings)
        for key, value in values.items()
        if shown[name][key] != value
        for text in _texts(value)
    }
    return tuple(sorted(texts, key=len, reverse=True))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (one for one in (value, Path(value).name) if len(one) >= _MIN_TEXT)
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def without(texts: Sequence[str], data: bytes) -> bytes:
    """A part of the bundle without the texts that a person chose."""
    for text in texts:
        for spelt in (text, json.dumps(text)[1:-1]):
            data = data.replace(spelt.encode(), b"***")
    return data


def files_shown(folder: Path) -> list[dict[str, Any]]:
    """What lies in the state folder: size, mode and age; names only of files that are ours."""
    found = []
    for path in list(_walked(folder))[:MAX_FILES]:
        name = path.relative_to(folder).as_posix()
        try:
            facts = path.lstat()
        except OSError:
            continue
        found.append(
            {
                "name": name if _OURS.fullmatch(name) else "(another file)",
                "bytes": facts.st_size,
                "mode": f"{facts.st_mode & 0o7777:04o}",
                "user": facts.st_uid,
                "group": facts.st_gid,
                "changed_s": int(facts.st_mtime),
            }
        )
    return found


def _walked(folder: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(path, name) for name in sorted(files))


def log_shown(text: str) -> str:
    """The newest lines of a log that watchpost wrote, without passwords and users in addresses.

    A line that goes on (a traceback) is cut off: what a library says is not ours to vouch for.
    """
    lines = [line for line in text.splitlines() if _LOG_LINE.match(line)]
    kept, size = [], 0
    for line in reversed(lines):
        size += len(line.encode()) + 1
        if size > MAX_LOG_BYTES:
            break
        kept.append(_IN_ADDRESS.sub("//***@", masked(line)))
    return "\n".join(reversed(kept))


def as_json(value: Any) -> bytes:
    """A part of the bundle."""
    text = json.dumps(value, indent=2, default=str)
    return _IN_ADDRESS.sub("//***@", text).encode()


def packed(parts: Mapping[str, bytes]) -> bytes:
    """The parts as one ``.tar.gz``."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, data in parts.items():
            entry = tarfile.TarInfo(f"watchpost-support/{name}")
            entry.size, entry.mode = len(data), 0o600
            archive.addfile(entry, io.BytesIO(data))
    return held.getvalue()


def write_bundle(path: Path, parts: Mapping[str, bytes]) -> None:
    """Write the parts, readable by this user alone; never over another file.

    Raises:
        ConfigError: there is a file already, or it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(packed(parts))
    except OSError as error:
        raise ConfigError(
            f"The bundle {path} cannot be written ({error.strerror}).",
            "Give another name with --out.",
        ) from error
