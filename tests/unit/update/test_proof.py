"""A new image is kept when the box works with it, and otherwise the old one comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.update.ledger import Ledger
from edge.update.proof import Outcome, Proof, Rules, check_may_install
from edge.update.rauc import RaucProgram
from tests.fakes.clock import FakeClock
from tests.fakes.rauc import FakeRauc

RULES = Rules(hold_s=120, within_s=600)


class Box:
    """A box with slots, whose health the test tells by the second."""

    def __init__(self, folder: Path) -> None:
        self.rauc = FakeRauc(folder / "rauc")
        self.clock = FakeClock()
        self.ledger = Ledger(folder / "slots.json")
        self.sick: list[tuple[float, float]] = []
        self.restarts: list[str] = []

    def health(self) -> str:
        now_s = self.clock.monotonic_s()
        return "No new frame." if any(a <= now_s < b for a, b in self.sick) else ""

    def decide(self, *, may_roll_back: bool = True) -> Outcome:
        proof = Proof(
            RaucProgram(str(self.rauc.program)),
            self.ledger,
            self.health,
            self.clock,
            wait=self.clock.advance,
            restart=lambda: self.restarts.append(self.rauc.restart()),
        )
        return proof.decide(RULES, may_roll_back=may_roll_back)

    def update(self, version: str) -> None:
        bundle = self.rauc.bundle(version)
        RaucProgram(str(self.rauc.program)).install(bundle, lambda line: None)
        self.rauc.restart()

    def state(self, slot: str) -> str:
        return str(self.rauc.world()["slots"][slot]["boot_status"])


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_an_image_is_kept_once_the_box_has_worked_for_a_while(box: Box) -> None:
    box.update("2")
    assert box.decide() is Outcome.PROVEN
    assert box.clock.monotonic_s() >= RULES.hold_s
    assert (box.state("rootfs.1"), box.restarts) == ("good", [])


def test_a_break_in_health_begins_the_wait_anew(box: Box) -> None:
    box.update("2")
    box.sick = [(60, 61)]
    assert box.decide() is Outcome.PROVEN
    assert box.clock.monotonic_s() >= 61 + RULES.hold_s


def test_an_image_with_which_the_box_does_not_work_is_left_for_the_one_before(box: Box) -> None:
    box.decide()
    box.update("2")
    box.sick = [(0, 1e9)]
    assert box.decide() is Outcome.ROLLED_BACK
    assert box.restarts == ["rootfs.0"]
    assert box.state("rootfs.1") == "bad"
    slots = RaucProgram(str(box.rauc.program)).slots()
    assert slots.booted.name == "rootfs.0"
    assert "No new frame" in box.ledger.why_refused(slots.slots[1])
    assert box.decide() is Outcome.KNOWN  # the old one is trusted at once, sick or not


def test_health_that_comes_late_but_in_time_counts(box: Box) -> None:
    box.update("2")
    box.sick = [(0, RULES.within_s - 5)]
    assert box.decide() is Outcome.PROVEN


def test_an_image_that_was_proven_is_never_rolled_back_for_a_dead_camera(box: Box) -> None:
    box.update("2")
    box.decide()
    box.rauc.restart()
    box.sick = [(0, 1e9)]
    assert box.decide() is Outcome.KNOWN
    assert (box.restarts, box.state("rootfs.1")) == ([], "good")


def test_the_same_slot_with_another_image_must_be_proven_again(box: Box) -> None:
    box.update("2")
    box.decide()
    box.update("3")
    box.decide()
    box.update("4")
    box.sick = [(0, 1e9)]
    assert box.decide() is Outcome.ROLLED_BACK


def test_a_box_without_a_way_back_stays_and_says_so(box: Box) -> None:
    box.sick = [(0, 1e9)]
    with pytest.raises(UpdateError, match="no other slot would start"):
        box.decide()
    assert (box.restarts, box.state("rootfs.0")) == ([], "good")


def test_a_slot_that_is_only_tried_has_a_way_back_though_the_old_one_is_not_called_good(
    box: Box,
) -> None:
    box.update("2")
    slots = box.rauc.world()["slots"]
    slots["rootfs.0"]["boot_status"] = "bad"
    box.rauc.set(primary="rootfs.0", slots=slots)
    assert RaucProgram(str(box.rauc.program)).slots().has_way_back


def test_without_leave_to_roll_back_an_unhealthy_image_is_not_marked_and_told(box: Box) -> None:
    box.decide()
    box.update("2")
    box.sick = [(0, 1e9)]
    with pytest.raises(UpdateError, match="not marked good"):
        box.decide(may_roll_back=False)
    assert box.restarts == []


def test_a_damaged_ledger_costs_a_health_check_and_nothing_else(box: Box, tmp_path: Path) -> None:
    box.update("2")
    box.decide()
    (tmp_path / "slots.json").write_text("{")
    assert box.decide() is Outcome.PROVEN


def test_the_only_image_that_is_known_to_work_is_not_written_over(box: Box) -> None:
    rauc = RaucProgram(str(box.rauc.program))
    check_may_install(rauc.slots(), box.ledger)  # as made, and nothing in the other slot
    box.decide()
    box.update("2")
    with pytest.raises(UpdateError, match="not proven yet"):
        check_may_install(rauc.slots(), box.ledger)
    box.decide()
    check_may_install(rauc.slots(), box.ledger)
