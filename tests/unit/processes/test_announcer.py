"""The box's name in the local network, over real multicast on loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from zeroconf import IPVersion, ServiceInfo, Zeroconf

from edge.processes.announcer import LOOK_EVERY_S, MdnsAnnouncer
from edge.runtime.box_name import box_name, names_to_try
from tests.fakes.clock import FakeClock

NAME = f"watchpost-test-{os.getpid()}"  # runs side by side must not meet
ANSWER_WITHIN_MS = 20_000


class Network:
    """The box's address, as the test says."""

    def __init__(self) -> None:
        self.address: str | None = "127.0.0.1"

    def __call__(self) -> str | None:
        return self.address


def multicast_works() -> bool:
    try:
        Zeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only).close()
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not multicast_works(), reason="no multicast on loopback here")


@pytest.fixture
def neighbour() -> Iterator[Zeroconf]:
    """Another machine in the network."""
    one = Zeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
    yield one
    one.close()


@pytest.fixture
def announcer() -> Iterator[MdnsAnnouncer]:
    one = MdnsAnnouncer(NAME, Network(), FakeClock(), ask_ms=100)
    yield one
    one.close()


def found(neighbour: Zeroconf, label: str, kind: str = "_https._tcp") -> ServiceInfo | None:
    name = f"{label}.{kind}.local."
    return neighbour.get_service_info(f"{kind}.local.", name, timeout=ANSWER_WITHIN_MS)


def test_a_neighbour_finds_the_page_by_the_boxs_name(
    neighbour: Zeroconf, announcer: MdnsAnnouncer
) -> None:
    announcer.look_around(8087, secure=True)
    seen = found(neighbour, NAME)
    assert seen is not None
    assert (seen.server, seen.port) == (f"{NAME}.local.", 8087)
    assert seen.addresses == [socket.inet_aton("127.0.0.1")]
    assert announcer.name == f"{NAME}.local"


def test_a_page_without_tls_is_announced_as_such(
    neighbour: Zeroconf, announcer: MdnsAnnouncer
) -> None:
    announcer.look_around(80, secure=False)
    assert found(neighbour, NAME, "_http._tcp") is not None


def test_a_name_that_another_box_has_gets_a_number(neighbour: Zeroconf) -> None:
    first = MdnsAnnouncer(NAME, Network(), FakeClock(), ask_ms=100)
    second = MdnsAnnouncer(NAME, Network(), FakeClock())
    try:
        first.look_around(1, secure=True)
        second.look_around(2, secure=True)
        assert second.name == f"{NAME}-2.local"
        seen = found(neighbour, f"{NAME}-2")
    finally:
        first.close()
        second.close()
    assert seen is not None
    assert (seen.server, seen.port) == (f"{NAME}-2.local.", 2)


def test_a_network_that_comes_later_and_goes_is_noticed() -> None:
    network, clock = Network(), FakeClock()
    one = MdnsAnnouncer(NAME, network, clock, ask_ms=100)
    network.address = None
    one.look_around(8087, secure=True)
    assert one.name == ""
    network.address = "127.0.0.1"
    one.look_around(8087, secure=True)
    assert one.name == ""  # it has looked a moment ago
    clock.advance(LOOK_EVERY_S)
    one.look_around(8087, secure=True)
    assert one.name == f"{NAME}.local"
    network.address = None
    clock.advance(LOOK_EVERY_S)
    one.look_around(8087, secure=True)
    assert one.name == ""


def test_an_address_that_this_machine_does_not_have_is_no_fault_of_the_page() -> None:
    network = Network()
    network.address = "192.0.2.7"
    one = MdnsAnnouncer(NAME, network, FakeClock())
    one.look_around(8087, secure=True)
    assert one.name == ""


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_a_board_is_called_by_its_serial_number(tmp_path: Path) -> None:
    write(tmp_path / "proc/device-tree/serial-number", b"10000000ABCDEF01\0")
    assert box_name(tmp_path) == "watchpost-10000000abcdef01"


def test_another_machine_by_what_does_not_give_its_id_away(tmp_path: Path) -> None:
    identity = "0123456789abcdef0123456789abcdef"
    write(tmp_path / "etc/machine-id", f"{identity}\n".encode())
    write(tmp_path / "proc/device-tree/serial-number", b"0000000000000000\0")
    name = box_name(tmp_path)
    assert name == box_name(tmp_path)
    assert not any(identity[i : i + 6] in name for i in range(len(identity) - 5))
    write(tmp_path / "etc/machine-id", b"another\n")
    assert box_name(tmp_path) != name


def test_every_name_is_a_legal_label(tmp_path: Path) -> None:
    write(tmp_path / "proc/device-tree/serial-number", "  Ünï/../x_Y-Z\0".encode() * 20)
    assert all(
        len(one) <= 63 and one.isascii() and "/" not in one
        for one in names_to_try(box_name(tmp_path))
    )
