"""The machine's own words: disk, heat, supply; and what the checks make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.status.checks import run_checks
from edge.status.machine import Machine, MachineLook
from edge.status.tiles import make_tiles
from tests.unit.status.page_fakes import figured, snapshot


def checks(machine: Machine) -> list[str]:
    return [one.check for one in run_checks(replace(snapshot(), machine=machine))]


def test_the_kernels_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "uptime").write_text("93784.12 1.0\n")
    (tmp_path / "meminfo").write_text("MemTotal: 8 kB\nMemAvailable:  2048 kB\n")
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("61500\n")
    firmware = tmp_path / "devices/platform/soc/soc:firmware"
    firmware.mkdir(parents=True)
    (firmware / "get_throttled").write_text("50005\n")
    found = MachineLook(tmp_path, proc=tmp_path, sys=tmp_path)()
    assert (found.uptime_s, found.memory_free_bytes) == (93784.12, 2 * 2**20)
    assert (found.temperature_c, found.throttled, found.under_voltage) == (61.5, True, True)
    assert found.disk_free_bytes is not None


def test_what_a_machine_does_not_tell_is_unknown_and_no_alarm(tmp_path: Path) -> None:
    found = MachineLook(tmp_path / "none", proc=tmp_path, sys=tmp_path)()
    assert found == Machine()
    assert checks(found) == []


@pytest.mark.parametrize(
    ("machine", "found"),
    [
        (Machine(disk_free_bytes=10**8, disk_bytes=10**10), ["disk"]),
        (Machine(temperature_c=79.9, throttled=False), []),
        (Machine(temperature_c=80.0), ["heat"]),
        (Machine(temperature_c=60.0, throttled=True), ["heat"]),
        (Machine(throttled=True, under_voltage=True), ["power"]),
    ],
)
def test_each_trouble_of_the_machine_is_found(machine: Machine, found: list[str]) -> None:
    assert checks(machine) == found


def test_hits_that_pile_up_or_cannot_be_stored_are_found() -> None:
    piled = snapshot(report=figured("report", backlog_hits=1001))
    assert [one.check for one in run_checks(piled)] == ["backlog"]
    unstored = snapshot(recognise=figured("recognise", recording=0, waiting_hits=3))
    (found,) = run_checks(unstored)
    assert found.check == "recording"
    assert "3 hits wait in memory" in found.effect


def test_a_tile_looks_as_the_findings_say() -> None:
    seen = replace(snapshot(), machine=Machine(temperature_c=90.0))
    tones = {one.name: one.tone for one in make_tiles(seen, run_checks(seen))}
    assert tones["machine"] == "warning"
    assert tones["camera"] == tones["delivery"] == "good"
    stuck = snapshot(recognise=figured("recognise", frame_age_s=9.0))
    tones = {one.name: one.tone for one in make_tiles(stuck, run_checks(stuck))}
    assert tones["camera"] == "failure"


def test_the_longest_stage_has_the_longest_bar_and_unknown_figures_are_left_out() -> None:
    seen = snapshot(recognise=figured("recognise", detect_ms=8.0, match_ms=2.0, embed_ms=0.0))
    tile = next(one for one in make_tiles(seen, ()) if one.name == "recognition")
    assert [(bar.label, bar.share) for bar in tile.bars] == [
        ("Finding faces", 100.0),
        ("Searching and deciding", 25.0),
    ]
    assert (tile.key, tile.key_unit) == ("10", "ms for a picture")
    assert "Faces seen" not in dict(tile.lines)
