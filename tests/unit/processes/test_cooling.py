"""The frame rate follows the heat, a step at a time, down and up again."""

from __future__ import annotations

from pathlib import Path

from edge.processes.cooling import STEP_S, Cooling
from edge.runtime.temperature import temperature_c


class Kernel:
    """A folder as the kernel's thermal zones."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "thermal_zone0" / "temp"
        self._file.parent.mkdir()
        self.folder = folder

    def heat(self, celsius: float) -> None:
        self._file.write_text(f"{int(celsius * 1000)}\n")


def shares(cooling: Cooling, start_s: float, steps: int) -> list[float]:
    found = []
    for step in range(steps):
        cooling.wait_s(start_s + step * STEP_S)
        found.append(cooling.share)
    return found


def test_heat_halves_the_rate_step_by_step_and_coolness_brings_it_back(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path)
    cooling = Cooling(lambda: temperature_c(tmp_path), 10.0)
    kernel.heat(65)
    assert shares(cooling, 0, 2) == [1, 1]
    kernel.heat(82)
    assert shares(cooling, 100, 5) == [1 / 2, 1 / 4, 1 / 8, 1 / 8, 1 / 8]
    kernel.heat(75)
    assert shares(cooling, 200, 2) == [1 / 8, 1 / 8]
    kernel.heat(69)
    assert shares(cooling, 300, 4) == [1 / 4, 1 / 2, 1, 1]


def test_frames_are_spaced_by_the_lowered_rate_and_not_at_all_by_the_full_one() -> None:
    heat_c = [60.0]
    cooling = Cooling(lambda: heat_c[0], 10.0)
    assert cooling.wait_s(0.0) == 0.0
    assert cooling.wait_s(0.01) == 0.0
    heat_c[0] = 90.0
    cooling.wait_s(STEP_S)
    wait_s = cooling.wait_s(STEP_S + 0.05)
    assert abs(wait_s - 0.15) < 1e-6


def test_a_machine_that_tells_no_temperature_works_at_its_full_rate() -> None:
    cooling = Cooling(lambda: None, 10.0)
    assert [cooling.wait_s(float(t)) for t in range(0, 100, 10)] == [0.0] * 10
