"""Whose pictures lie in a folder: folders per person or numbered files, never both."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import ConfigError, SourceMissing
from edge.eval.people import all_pictures, people_in, spread
from tests.fakes.measuring import picture

JPEG = (".jpg",)


def names(people: tuple[tuple[Path, ...], ...]) -> list[list[str]]:
    return [[path.name for path in pictures] for pictures in people]


def test_a_folder_per_person_gives_people_and_pictures_in_the_order_of_their_names(
    tmp_path: Path,
) -> None:
    for name in ("zoe/b.jpg", "zoe/a.jpg", "ada/1.JPG", "ada/notes.txt", "empty/notes.txt"):
        picture(tmp_path, name, 1)
    assert names(people_in(tmp_path, JPEG)) == [["1.JPG"], ["a.jpg", "b.jpg"]]


def test_a_flat_folder_gives_people_by_the_part_before_the_number(tmp_path: Path) -> None:
    for name in ("Ada_B_0002.jpg", "Ada_B_0001.jpg", "Ada_0001.jpg"):
        picture(tmp_path, name, 1)
    assert names(people_in(tmp_path, JPEG)) == [
        ["Ada_0001.jpg"],
        ["Ada_B_0001.jpg", "Ada_B_0002.jpg"],
    ]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    for name in (".cache/a.jpg", "ada/.a.jpg", "ada/a.jpg"):
        picture(tmp_path, name, 1)
    assert names(people_in(tmp_path, JPEG)) == [["a.jpg"]]


def test_pictures_beside_folders_of_pictures_are_refused(tmp_path: Path) -> None:
    picture(tmp_path, "ada/a.jpg", 1)
    picture(tmp_path, "Zoe_0001.jpg", 1)
    with pytest.raises(ConfigError, match="1 folders with pictures and 1 pictures beside"):
        people_in(tmp_path, JPEG)


def test_a_name_without_a_number_is_refused_and_not_told(tmp_path: Path) -> None:
    picture(tmp_path, "Ada_0001.jpg", 1)
    picture(tmp_path, "Zoe.jpg", 1)
    with pytest.raises(ConfigError) as caught:
        people_in(tmp_path, JPEG)
    assert "1 pictures whose names" in str(caught.value)
    assert "Zoe" not in str(caught.value)


def test_a_folder_that_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        people_in(tmp_path / "nowhere", JPEG)
    with pytest.raises(ConfigError, match="0 people"):
        people_in(tmp_path, JPEG)
    with pytest.raises(ConfigError, match="holds no pictures"):
        all_pictures(tmp_path, JPEG)


def test_pictures_are_spread_evenly_over_all(tmp_path: Path) -> None:
    pictures = tuple(Path(f"{n}.jpg") for n in range(10))
    assert [path.stem for path in spread(pictures, 3)] == ["0", "3", "6"]
    assert spread(pictures, 20) == pictures
    with pytest.raises(ConfigError):
        spread(pictures, 0)
