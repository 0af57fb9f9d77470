"""An image that was installed and does not run is told at every start until there is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.update.aftermath import boot_id, note_installed, what_failed
from edge.update.ledger import Ledger
from edge.update.rauc import RaucProgram
from tests.fakes.rauc import FakeRauc


class Box:
    """A box with slots, on which the test installs, restarts and asks."""

    def __init__(self, folder: Path) -> None:
        self.fake = FakeRauc(folder / "rauc")
        self.rauc = RaucProgram(str(self.fake.program))
        self.ledger = Ledger(folder / "slots.json")
        self.boot = 1

    def install(self, version: str) -> None:
        before = self.rauc.slots()
        self.rauc.install(self.fake.bundle(version), lambda line: None)
        note_installed(before, self.rauc.slots(), self.ledger, str(self.boot))

    def restart(self, *, without: str = "") -> None:
        """Start again; the bootloader gives up a slot that does not come up."""
        slots = self.fake.world()["slots"]
        if without:
            slots[without]["boot_status"] = "bad"
        self.fake.set(slots=slots)
        self.fake.restart()
        self.boot += 1

    def told(self) -> str:
        failed = what_failed(self.rauc.slots(), self.ledger, str(self.boot))
        return failed.problem if failed else ""


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_an_image_that_waits_for_the_next_start_has_not_failed(box: Box) -> None:
    box.install("2")
    assert box.told() == ""


def test_an_image_that_runs_has_not_failed(box: Box) -> None:
    box.install("2")
    box.restart()
    assert box.told() == ""
    box.ledger.note_proven(box.rauc.slots().booted)
    box.restart()
    assert box.told() == ""


def test_an_image_that_the_bootloader_could_not_start_is_told_at_every_start(box: Box) -> None:
    box.install("2")
    for _ in range(2):
        box.restart(without="rootfs.1")
        assert box.told() == "The image 2 in rootfs.1 did not start, and the one before runs."


def test_an_image_that_the_box_gave_up_is_told_with_the_reason(box: Box) -> None:
    box.install("2")
    box.restart()
    box.ledger.note_refused(box.rauc.slots().booted, "No new frame in 15 s.")
    box.restart(without="rootfs.1")
    assert box.told().endswith("was given up, and the one before runs. No new frame in 15 s.")


def test_another_image_in_its_place_ends_the_word_of_the_first(box: Box) -> None:
    box.install("2")
    box.restart(without="rootfs.1")
    box.install("3")
    assert box.told() == ""


def test_one_start_of_the_machine_is_told_from_another_by_the_kernel() -> None:
    assert boot_id() == boot_id() != ""
