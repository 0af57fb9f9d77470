"""The spool in trouble: full disks, read-only disks, damage, other versions."""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import SpoolError
from edge.report.spool import SpoolReader, SpoolView, SpoolWriter
from tests.fakes.small_disk import small_disk
from tests.unit.report.hits import make_hit, make_writer, record

MS_RDONLY, MS_REMOUNT = 1, 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


def record_endlessly(writer: SpoolWriter) -> None:
    for number in range(10_000):
        writer.append(make_hit(number))


def test_too_little_free_space_refuses_and_says_how_much(path: Path) -> None:
    writer = make_writer(path, min_free_bytes=2**60)
    with pytest.raises(SpoolError, match=r"\d+ bytes are free"):
        writer.append(make_hit(1))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KiB, where this machine lets us mount one."""
    with small_disk(tmp_path / "small", "512k") as folder:
        yield folder


def test_a_disk_that_fills_up_loses_nothing_and_recording_goes_on_when_it_has_space(
    disk: Path,
) -> None:
    path = disk / "spool.db"
    writer = make_writer(path, max_rows=10**6)
    with pytest.raises(SpoolError, match="disk is full"):
        record_endlessly(writer)
    stored = SpoolView(path).counts().total
    assert stored > 10
    writer.close()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mount(b"tmpfs", bytes(disk), b"tmpfs", MS_REMOUNT, b"size=4m") == 0
    assert writer.append(make_hit(-1)) == stored + 1
    assert len(SpoolReader(path).live(10**6)) == stored + 1
    writer.close()


def test_a_read_only_disk_is_named_and_what_is_stored_can_still_be_read(disk: Path) -> None:
    path = disk / "spool.db"
    writer = make_writer(path)
    writer.append(make_hit(1))
    libc = ctypes.CDLL(None, use_errno=True)
    writer.close()
    flags = MS_REMOUNT | MS_RDONLY
    assert libc.mount(b"tmpfs", bytes(disk), b"tmpfs", flags, None) == 0
    with pytest.raises(SpoolError, match="cannot be written") as caught:
        writer.append(make_hit(2))
    assert "read-only" in caught.value.remedy


def test_a_place_that_cannot_hold_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    writer = make_writer(tmp_path / "file" / "spool.db")
    with pytest.raises(SpoolError, match="cannot be written"):
        writer.append(make_hit(1))


@pytest.mark.parametrize("damage", [b"This is no database." * 100, b"\0" * 5000])
def test_a_damaged_spool_is_set_aside_and_a_new_one_started(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    writer = make_writer(path)
    assert writer.append(make_hit(1)) == 1
    aside = writer.damaged_file
    assert aside is not None
    assert aside.name.startswith("spool.db.damaged-2026")
    assert aside.read_bytes() == damage
    assert len(SpoolReader(path).live(10)) == 1


def test_damage_in_the_middle_is_found_at_the_start(path: Path) -> None:
    record(path, 200)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(8192))
    writer = make_writer(path)
    writer.open()
    assert writer.damaged_file is not None
    assert writer.append(make_hit(1)) == 1


def test_damage_while_running_costs_no_new_hit_and_the_reader_follows(path: Path) -> None:
    writer, reader = make_writer(path), SpoolReader(path)
    writer.append(make_hit(1))
    assert len(reader.live(10)) == 1
    reader.close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
    assert writer.append(make_hit(2)) == 1
    assert writer.damaged_file is not None
    assert [row.event_id for row in reader.live(10)] == ["hit-2"]


def test_a_reader_notices_that_the_spool_was_replaced(path: Path) -> None:
    record(path, 3)
    reader = SpoolReader(path)
    assert len(reader.live(10)) == 3
    for one in path.parent.glob("spool.db*"):
        one.unlink()
    assert reader.live(10) == []
    record(path, 1)
    assert len(reader.live(10)) == 1


def test_a_spool_of_a_newer_version_is_left_alone(path: Path) -> None:
    record(path, 1)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for use in (
        lambda: make_writer(path).open(),
        lambda: SpoolReader(path).live(1),
        lambda: SpoolView(path).counts(),
    ):
        with pytest.raises(SpoolError, match="version 99"):
            use()
