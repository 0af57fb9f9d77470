"""Which photos can be used, and whether they show one person."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import PhotoError
from edge.register.photos import MAX_PHOTO_BYTES, check_one_person, read_photos
from tests.fakes.registers import TextReader, photos


def said(folder: Path, *texts: str) -> list[str]:
    outcomes = read_photos(TextReader(), photos(folder, *texts))
    return [outcome.problem.problem if outcome.problem else "" for outcome in outcomes]


def test_each_photo_is_judged_by_itself_and_says_why_with_number_and_limit(tmp_path: Path) -> None:
    assert said(tmp_path, "ada 1", "ada 2 dark", "nobody", "ada 3") == [
        "",
        "Mean brightness 21 is below 40.",
        "It shows no face.",
        "",
    ]


def test_the_same_picture_counts_once_under_any_name(tmp_path: Path) -> None:
    one, copy = photos(tmp_path, "ada 1", "ada 2")
    copy.write_bytes(one.read_bytes())
    first, second = read_photos(TextReader(), [one, copy])
    assert first.problem is None
    assert second.problem is not None
    assert second.problem.problem == f"It is the same picture as {one}."


def test_a_file_that_is_missing_empty_a_folder_or_huge_is_no_photo(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_PHOTO_BYTES + 1)
    paths = [tmp_path / "missing", tmp_path / "empty", tmp_path, tmp_path / "huge"]
    problems = [outcome.problem for outcome in read_photos(TextReader(), paths)]
    assert all(problems)
    assert "No such file" in str(problems[0])
    assert "0 bytes" in str(problems[1])
    assert str(MAX_PHOTO_BYTES) in str(problems[3])


def test_no_photos_or_too_many_are_refused(tmp_path: Path) -> None:
    (path,) = photos(tmp_path, "ada 1")
    for count in (0, 21):
        with pytest.raises(PhotoError, match=f"{count} photos"):
            read_photos(TextReader(), [path] * count)


def test_photos_of_one_person_pass(tmp_path: Path) -> None:
    outcomes = read_photos(TextReader(), photos(tmp_path, "ada 1", "ada 2", "ada 3"))
    check_one_person(outcomes, 0.90)
    check_one_person(outcomes[:1], 0.90)


def test_a_photo_of_someone_else_is_named_with_its_number_and_the_limit(tmp_path: Path) -> None:
    outcomes = read_photos(TextReader(), photos(tmp_path, "ada 1", "ada 2", "ada 3", "bob 1"))
    with pytest.raises(PhotoError, match=r"less than 0\.900 .*: \S*bob-1\.jpg \(-?0\.\d{3}\)"):
        check_one_person(outcomes, 0.90)


def test_two_photos_of_two_people_are_both_named(tmp_path: Path) -> None:
    outcomes = read_photos(TextReader(), photos(tmp_path, "ada 1", "bob 1"))
    with pytest.raises(PhotoError) as caught:
        check_one_person(outcomes, 0.90)
    assert "ada-1.jpg" in caught.value.problem
    assert "bob-1.jpg" in caught.value.problem
