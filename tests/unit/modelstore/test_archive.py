"""An archive is looked at before a byte of it is unpacked."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from edge.errors import PackError
from edge.modelstore.archive import Bounds, opened

PLAIN = 0o100644


def zipped(
    path: Path,
    *members: tuple[str, bytes],
    mode: int = PLAIN,
    method: int = zipfile.ZIP_DEFLATED,
    comment: bytes = b"",
) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = method
            made.writestr(info, data)
        made.comment = comment
    return path


def refusal(path: Path, bounds: Bounds | None = None) -> str:
    with pytest.raises(PackError) as caught, opened(path, bounds):
        pass
    return caught.value.problem


def test_a_plain_archive_gives_its_members(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("manifest.toml", b"schema = 1"), ("LICENSE", b"free"))
    with opened(path) as archive:
        assert archive.names == ("manifest.toml", "LICENSE")
        assert archive.read("manifest.toml", 100) == b"schema = 1"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd.txt",
        "../up.toml",
        "folder/manifest.toml",
        "folder/",
        "a\\b.toml",
        "C:a.toml",
        ".hidden.toml",
        "..",
        "run.sh",
        "model.so",
        "model.py",
        "manifest.toml\n.md",
        "naïve.md",
        "x" * 80 + ".md",
    ],
)
def test_a_name_that_no_file_of_a_pack_has_is_refused(tmp_path: Path, name: str) -> None:
    assert "is no name that a pack's file has" in refusal(zipped(tmp_path / "a.zip", (name, b"")))


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("card.md", b"/etc/shadow"), mode=stat.S_IFLNK | 0o644)
    assert "is a link" in refusal(path)


def test_a_program_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("card.md", b"#!/bin/sh"), mode=0o100755)
    assert "is marked as a program" in refusal(path)


def test_a_packing_that_is_not_deflate_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("card.md", b"x"), method=zipfile.ZIP_BZIP2)
    assert "not deflate" in refusal(path)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("card.md", b"x"))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "is encrypted" in refusal(path)


def test_two_members_of_one_name_are_refused_whatever_their_case(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("card.md", b"1"), ("CARD.md", b"2"))
    assert "two members of one name" in refusal(path)


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("model.tflite", bytes(8 * 1024 * 1024)))
    assert "more than 100 times its packed size" in refusal(path)


def test_every_bound_has_its_words(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.md", b"x" * 900), ("b.md", b"y" * 900))
    assert "at most 500 are taken" in refusal(path, Bounds(member_bytes=500))
    assert "unpacks to 1800 bytes" in refusal(path, Bounds(whole_bytes=1000))
    assert "has more than 100 bytes" in refusal(path, Bounds(archive_bytes=100))
    assert "at most 1 are taken" in refusal(path, Bounds(members=1))


def test_a_directory_of_a_hundred_thousand_members_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(3000):
            made.writestr(f"{number}.md", b"")
    data = bytearray(path.read_bytes())
    # The record says "5 members" but a directory of 3000: it is the size that counts.
    data[-14:-10] = (5).to_bytes(2, "little") * 2
    path.write_bytes(data)
    assert "has 5 members in a directory of" in refusal(path)


def test_a_member_that_is_longer_than_it_says_gives_no_more_than_it_says(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.md", b"x" * 5000), method=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    with opened(path) as archive, pytest.raises(PackError, match="damaged"):
        archive.read("a.md", 100)


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.md", b"hello" * 50), method=zipfile.ZIP_STORED)
    data = path.read_bytes().replace(b"hellohello", b"hullohello", 1)
    path.write_bytes(data)
    with opened(path) as archive, pytest.raises(PackError, match=r"a\.md in .* is damaged"):
        archive.read("a.md", 1000)


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip file at all, but longer than a record"])
def test_what_is_no_zip_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    assert "is no zip file" in refusal(path)


def test_a_comment_is_refused_since_it_can_hide_a_second_directory(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.md", b"x"), comment=b"hello")
    assert "has a comment" in refusal(path)


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "absent.zip")
