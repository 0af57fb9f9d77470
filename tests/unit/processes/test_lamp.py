"""The light on the board says how the box is."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from edge.processes.lamp import LIGHTS, STEPS_A_LOOK, Code, Lamp, code_of
from edge.status.snapshot import Snapshot, Standing
from tests.unit.status.page_fakes import snapshot


@pytest.fixture
def led(tmp_path: Path) -> Path:
    """As the kernel shows one; a Raspberry Pi's shows the card's activity at first."""
    folder = tmp_path / "ACT"
    folder.mkdir()
    (folder / "trigger").write_text("mmc0")
    (folder / "brightness").write_text("0")
    return folder


class Box:
    """A box as the lamp sees it."""

    def __init__(self) -> None:
        self.snapshot: Snapshot = snapshot()
        self.updating = False

    def lamp(self, led: Path) -> Lamp:
        return Lamp(led, lambda: self.snapshot, lambda: self.updating)


def shown(led: Path) -> tuple[str, str]:
    return (led / "trigger").read_text(), (led / "brightness").read_text()


def standing(seen: Snapshot, how: Standing) -> Snapshot:
    return replace(seen, recognise=replace(seen.recognise, standing=how))


def test_a_box_that_works_lights_steadily(led: Path) -> None:
    lamp = Box().lamp(led)
    for _ in range(2 * STEPS_A_LOOK):
        lamp.step()
        assert shown(led)[1] == "255"
    assert shown(led)[0].startswith("none")


def test_a_box_that_does_not_watch_blinks_and_goes_on_when_the_process_ends(led: Path) -> None:
    box = Box()
    lamp = box.lamp(led)
    lamp.step()
    box.snapshot = standing(box.snapshot, Standing.SILENT)
    for _ in range(STEPS_A_LOOK):
        lamp.step()
    assert shown(led)[0].startswith("timer")
    other = Box().lamp(led)
    other.step()
    other.close()
    assert shown(led)[0].startswith("timer")


def test_an_update_flashes_and_goes_before_all_else(led: Path) -> None:
    box = Box()
    box.updating = True
    box.snapshot = standing(box.snapshot, Standing.SILENT)
    lamp, seen = box.lamp(led), []
    for _ in range(8):
        lamp.step()
        seen.append((led / "brightness").read_text()[:1])
    assert "".join(seen) == "20002000"


@pytest.mark.parametrize("how", [Standing.STARTING, Standing.ABSENT])
def test_a_box_that_starts_is_being_set_up(how: Standing) -> None:
    assert code_of(standing(snapshot(), how), updating=False) is Code.SETTING_UP


def test_a_light_that_is_not_there_is_told_once_and_makes_no_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lamp = Box().lamp(tmp_path / "PWR")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            lamp.step()
        lamp.close()
    assert [one.message.partition(" (")[0] for one in caplog.records] == [
        "the light PWR cannot be set"
    ]
    assert not (tmp_path / "PWR").exists()


def test_every_code_looks_different() -> None:
    assert len(set(LIGHTS.values())) == len(Code) == len(LIGHTS)
