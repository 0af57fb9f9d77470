"""What a box is to be told: a bundle, or a few answers, become the files of /etc/watchpost.

In: a bundle or answers, and the settings that are there. Out: contents by file name. Always:
settings that a person has are never overwritten by answers, only by a bundle; what comes out has
been checked as settings.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass

from pydantic import ValidationError

from edge.errors import ConfigError
from edge.fleet.bundle import Bundle
from edge.runtime.setting_tables import Settings

SETTINGS_FILE = "watchpost.toml"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the person who installs says; "" leaves a default.

    Attributes:
        box: which box it is.
        site: where it is.
        camera: as ``camera.source``.
        page_host: address that the page listens on.
    """

    box: str = ""
    site: str = ""
    camera: str = ""
    page_host: str = ""

    def tables(self) -> dict[str, dict[str, str]]:
        """The answers that were given, as tables of the settings."""
        given = {
            "box": {"id": self.box, "site": self.site},
            "camera": {"source": self.camera},
            "status": {"host": self.page_host},
        }
        kept = {table: {k: v for k, v in keys.items() if v} for table, keys in given.items()}
        return {table: keys for table, keys in kept.items() if keys}


def files_for(answers: Answers, bundle: Bundle | None, *, has_settings: bool) -> dict[str, bytes]:
    """What is to be written.

    Raises:
        ConfigError: answers contradict the bundle or the settings that are there, or an answer is
            not usable.
    """
    if bundle is None and has_settings:
        if answers.tables():
            raise ConfigError(
                "This box has settings; answers do not change them.",
                "Edit /etc/watchpost/watchpost.toml, or give a bundle.",
            )
        return {}
    files = dict(bundle.files) if bundle else {}
    text = files.get(SETTINGS_FILE, b"# Made by `watchpost install`.\n").decode()
    there = tomllib.loads(text)
    for table, keys in answers.tables().items():
        if table in there:
            raise ConfigError(
                f"The bundle has a table [{table}] already.", f"Leave the answers for {table} out."
            )
        lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        text += "\n".join(["", f"[{table}]", *lines, ""])
    settings_in(text.encode())
    return files | {SETTINGS_FILE: text.encode()}


def settings_in(data: bytes) -> Settings:
    """Settings in a file's contents.

    Raises:
        ConfigError: they are not usable.
    """
    try:
        return Settings.model_validate(tomllib.loads(data.decode()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"The setting {name} is not usable: {first['msg']}.", "Give another value."
        ) from error
    except ValueError as error:
        raise ConfigError("The settings are no TOML.", "Check the file.") from error
