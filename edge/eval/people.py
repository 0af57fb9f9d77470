"""Whose pictures lie in a folder.

In: a folder with a folder per person, or a flat one of ``Name_0001.jpg`` files. Out: a tuple
of pictures for each person, people by name, pictures by name. Always: names order people and go
no further; nothing is opened; the number of people and pictures is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from edge.errors import ConfigError, SourceMissing

MAX_PICTURES = 200_000
_NUMBERED = re.compile(r"(?P<name>.+)_\d+")

Pictures = tuple[Path, ...]


def people_in(folder: Path, endings: tuple[str, ...]) -> tuple[Pictures, ...]:
    """The pictures of each person, people and pictures in the order of their names.

    Args:
        folder: holds the people.
        endings: how the names of picture files end, in lower case.

    Raises:
        SourceMissing: there is no such folder, or it cannot be read.
        ConfigError: it is laid out in neither way, or holds too much.
    """
    folders, flat = _contents(folder, endings)
    nested = {one.name: pictures_in(one, endings) for one in folders}
    nested = {name: pictures for name, pictures in nested.items() if pictures}
    if nested and flat:
        raise ConfigError(
            f"{folder} holds {len(nested)} folders with pictures and {len(flat)} pictures beside "
            "them.",
            "Make a folder for each person, or one flat folder of Name_0001.jpg files.",
        )
    people = nested or _by_name(folder, flat)
    _bounded(folder, sum(len(pictures) for pictures in people.values()))
    return tuple(people[name] for name in sorted(people))


def pictures_in(folder: Path, endings: tuple[str, ...]) -> Pictures:
    """The pictures that lie in a folder itself, by name; hidden files are left out.

    Raises:
        SourceMissing: there is no such folder, or it cannot be read.
        ConfigError: there are too many.
    """
    pictures = _contents(folder, endings)[1]
    _bounded(folder, len(pictures))
    return pictures


def all_pictures(folder: Path, endings: tuple[str, ...]) -> Pictures:
    """The pictures of a folder and of the folders in it, whoever they show.

    Raises:
        SourceMissing: there is no such folder, or it cannot be read.
        ConfigError: there is none, or there are too many.
    """
    folders, found = _contents(folder, endings)
    pictures = found + tuple(p for one in folders for p in pictures_in(one, endings))
    _bounded(folder, len(pictures))
    if not pictures:
        raise ConfigError(
            f"{folder} holds no pictures.", f"Put in files that end in {', '.join(endings)}."
        )
    return pictures


def spread(pictures: Pictures, most: int) -> Pictures:
    """At most so many of some pictures, evenly spread over them.

    Raises:
        ConfigError: the number is not positive.
    """
    if most < 1:
        raise ConfigError(f"{most} pictures cannot be measured on.", "Give a number from 1 up.")
    step = max(1.0, len(pictures) / most)
    return tuple(pictures[int(n * step)] for n in range(min(most, len(pictures))))


def _contents(folder: Path, endings: tuple[str, ...]) -> tuple[Pictures, Pictures]:
    try:
        found = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise SourceMissing(
            f"The folder {folder} cannot be read ({error.strerror}).", "Check the path."
        ) from error
    pictures = tuple(p for p in found if p.suffix.lower() in endings and p.is_file())
    return tuple(p for p in found if p.is_dir()), pictures


def _by_name(folder: Path, pictures: Iterable[Path]) -> dict[str, Pictures]:
    people: dict[str, list[Path]] = {}
    odd = 0
    for picture in pictures:
        match = _NUMBERED.fullmatch(picture.stem)
        if match:
            people.setdefault(match["name"], []).append(picture)
        else:
            odd += 1
    if odd or not people:
        raise ConfigError(
            f"{folder} holds {odd} pictures whose names are not like Name_0001.jpg and "
            f"{len(people)} people.",
            "Make a folder for each person, or name the pictures Name_0001.jpg.",
        )
    return {name: tuple(found) for name, found in people.items()}


def _bounded(folder: Path, count: int) -> None:
    if count > MAX_PICTURES:
        raise ConfigError(
            f"{folder} holds {count} pictures; at most {MAX_PICTURES} are taken.",
            "Measure on a part of them.",
        )
