"""What RAUC says, in values and in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.update.rauc import RaucProgram
from edge.update.slots import slots_in
from tests.fakes.rauc import COMPATIBLE, FakeRauc

# Recorded from RAUC 1.8 (Debian 12), shortened by nothing but the devices' paths.
RECORDED = (
    b'{"compatible":"watchpost-rpi","variant":"","booted":"A","boot_primary":"rootfs.1","slots":'
    b'[{"rootfs.1":{"class":"rootfs","device":"/dev/b","type":"raw","bootname":"B","state":'
    b'"inactive","parent":null,"mountpoint":null,"boot_status":"bad","slot_status":{"bundle":'
    b'{"compatible":"watchpost-rpi","version":"2026.11-1"},"checksum":{"sha256":"5891b5b5",'
    b'"size":6},"installed":{"timestamp":"2026-11-23T23:31:53Z","count":2},"activated":'
    b'{"timestamp":"2026-11-23T23:31:53Z","count":2},"status":"ok"}}},{"rootfs.0":{"class":'
    b'"rootfs","device":"/dev/a","type":"raw","bootname":"A","state":"booted","parent":null,'
    b'"mountpoint":null,"boot_status":"good","slot_status":{"bundle":{"compatible":null}}}}]}'
)


@pytest.fixture
def rauc(tmp_path: Path) -> FakeRauc:
    return FakeRauc(tmp_path / "rauc")


def program(rauc: FakeRauc) -> RaucProgram:
    return RaucProgram(str(rauc.program))


def install(rauc: FakeRauc, bundle: Path) -> list[str]:
    said: list[str] = []
    program(rauc).install(bundle, said.append)
    return said


def test_a_recorded_status_becomes_slots() -> None:
    slots = slots_in(RECORDED)
    first, second = slots.slots
    assert (first.name, first.booted, first.good, first.version) == ("rootfs.0", True, True, "")
    assert (second.version, second.good) == ("2026.11-1", False)
    assert (slots.booted, slots.primary, slots.has_way_back) == (first, "rootfs.1", True)
    assert first.image != second.image


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"compatible":1,"slots":[]}', b"x" * 10**6])
def test_what_is_no_status_is_refused(data: bytes) -> None:
    with pytest.raises(UpdateError, match="cannot be understood"):
        slots_in(data)


def test_a_system_that_was_started_from_no_slot_is_told() -> None:
    document = json.loads(RECORDED)
    document["slots"][1]["rootfs.0"]["state"] = "inactive"
    with pytest.raises(UpdateError, match="does not know which slot"):
        _ = slots_in(json.dumps(document).encode()).booted


def test_a_bundle_goes_into_the_other_slot_and_is_started_next(rauc: FakeRauc) -> None:
    said = install(rauc, rauc.bundle("2026.11"))
    slots = program(rauc).slots()
    assert (slots.booted.name, slots.primary) == ("rootfs.0", "rootfs.1")
    assert (slots.slots[1].version, slots.slots[1].good) == ("2026.11", True)
    assert any("100%" in one or "Verifying" in one for one in said)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"signed_by": "a stranger"}, "not signed by anybody whom this box believes"),
        ({"compatible": "jetson"}, "for another kind of box .*Expected 'watchpost-raspb"),
    ],
)
def test_a_bundle_of_somebody_else_or_for_another_board_is_refused(
    rauc: FakeRauc, change: dict[str, str], told: str
) -> None:
    before = rauc.world()
    with pytest.raises(UpdateError, match=told):
        install(rauc, rauc.bundle("2", **change))
    assert rauc.world() == before


def test_a_second_installation_at_once_is_refused(rauc: FakeRauc) -> None:
    rauc.set(busy=True)
    with pytest.raises(UpdateError, match="busy with another"):
        install(rauc, rauc.bundle("2"))


def test_an_installation_that_takes_too_long_is_given_up(rauc: FakeRauc) -> None:
    rauc.set(slow_s=60.0)
    with pytest.raises(UpdateError, match="longer than"):
        RaucProgram(str(rauc.program), 0.1).install(rauc.bundle("2"), lambda line: None)


def test_a_service_that_does_not_run_is_told(rauc: FakeRauc) -> None:
    rauc.set(service=False)
    with pytest.raises(UpdateError, match="service does not run"):
        program(rauc).slots()


def test_a_machine_without_rauc_is_told(tmp_path: Path) -> None:
    absent = RaucProgram(str(tmp_path / "rauc"))
    for call in (absent.slots, lambda: absent.install(tmp_path, lambda line: None)):
        with pytest.raises(UpdateError, match="RAUC is not here"):
            call()


def test_marks_reach_the_slot_that_runs(rauc: FakeRauc) -> None:
    program(rauc).mark("bad")
    assert rauc.world()["slots"]["rootfs.0"]["boot_status"] == "bad"
    program(rauc).mark("good")
    assert program(rauc).slots().booted.good
    assert program(rauc).slots().compatible == COMPATIBLE
    rauc.set(booted="")
    with pytest.raises(UpdateError, match="Did not find booted slot"):
        program(rauc).mark("good")
