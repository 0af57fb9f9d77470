"""A folder counts as lying in memory only where the kernel says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.runtime.ram_folder import is_in_ram

SHM = Path("/dev/shm")


def kind_of(folder: Path) -> str:
    """The type of the file system by the longest mount point, another way to ask."""
    best, kind = "", ""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, found = line.split()[:3]
        inside = str(folder) == place or str(folder).startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):
            best, kind = place, found
    return kind


@pytest.mark.skipif(not SHM.is_dir(), reason="there is no /dev/shm")
def test_shared_memory_is_judged_by_its_file_system() -> None:
    assert is_in_ram(SHM) is (kind_of(SHM) in ("tmpfs", "ramfs"))


def test_the_root_of_a_disk_is_not_memory() -> None:
    assert is_in_ram(Path("/")) is (kind_of(Path("/")) in ("tmpfs", "ramfs"))


def test_a_kernel_interface_is_not_memory_for_files() -> None:
    assert not is_in_ram(Path("/proc"))


def test_a_folder_that_is_not_there_is_not_memory(tmp_path: Path) -> None:
    assert not is_in_ram(tmp_path / "missing")
