"""The hottest of the kernel's thermal zones."""

from __future__ import annotations

from pathlib import Path

from edge.runtime.temperature import temperature_c


def zone(folder: Path, number: int, text: str) -> None:
    file = folder / f"thermal_zone{number}" / "temp"
    file.parent.mkdir()
    file.write_text(text)


def test_the_hottest_zone_counts_and_broken_sensors_do_not(tmp_path: Path) -> None:
    for number, text in enumerate(("48312\n", "51500\n", "-274000\n", "255000\n", "hot\n")):
        zone(tmp_path, number, text)
    assert temperature_c(tmp_path) == 51.5


def test_a_machine_without_sensors_has_no_temperature(tmp_path: Path) -> None:
    assert temperature_c(tmp_path) is None
