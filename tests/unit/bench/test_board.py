"""What a machine says of itself, as a Raspberry Pi and as a PC."""

from __future__ import annotations

from pathlib import Path

from edge.bench.board import board


def test_a_raspberry_pi_is_named_by_its_device_tree(tmp_path: Path) -> None:
    (tmp_path / "device-tree").mkdir()
    (tmp_path / "device-tree" / "model").write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nBogoMIPS\t: 108.00\nHardware\t: BCM2712\n")
    (tmp_path / "meminfo").write_text("MemTotal:        4137552 kB\nMemFree: 1 kB\n")
    folder = tmp_path / "devices/system/cpu/cpu0/cpufreq"
    folder.mkdir(parents=True)
    (folder / "scaling_governor").write_text("ondemand\n")
    found = board(tmp_path, tmp_path)
    assert found.model == "Raspberry Pi 5 Model B Rev 1.0"
    assert (found.processor, found.governor) == ("BCM2712", "ondemand")
    assert found.memory_bytes == 4137552 * 1024


def test_a_machine_that_tells_nothing_is_still_described(tmp_path: Path) -> None:
    found = board(tmp_path, tmp_path)
    assert (found.model, found.governor, found.memory_bytes) == ("", "", 0)
    assert found.processor
    assert found.cores >= 1
