"""What lies on a box's disk: sealed, whole, and gone when it is withdrawn."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from edge.errors import WatchlistError
from edge.values import Entry
from edge.watchlist.box_key import CREDENTIAL_NAME, KEY_BYTES, BoxKey
from edge.watchlist.quantise import quantise
from edge.watchlist.sealed import seal, unseal
from edge.watchlist.store import ACTIVE_NAME, SealedStore
from tests.fakes.list_box import ListBox
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import entry

ADA, BRUNO, CARLA = entry(1), entry(2), entry(3)
ALL = ["entry-0001", "entry-0002", "entry-0003"]


@pytest.fixture
def repository() -> SimulatedRepository:
    made = SimulatedRepository()
    made.publish([ADA, BRUNO], [CARLA])
    return made


@pytest.fixture
def box(tmp_path: Path, repository: SimulatedRepository) -> ListBox:
    made = ListBox(tmp_path / "state", repository)
    assert made.sync.sync_now()
    return made


def everything(box: ListBox) -> dict[Path, bytes]:
    """Every file under the state folder: as it lies there, and opened where it is sealed."""
    key = box.key.read()
    found: dict[Path, bytes] = {}
    for path in box.root.parent.rglob("*"):
        if not path.is_file():
            continue
        data = found[path] = path.read_bytes()
        if path.suffix == ".sealed":
            name = ACTIVE_NAME if path.name == ACTIVE_NAME else path.stem
            found[path / "opened"] = unseal(key, name, data)
    return found


def holders(box: ListBox, one: Entry) -> list[str]:
    """Files in which a row of an entry's templates, or its label, can be found."""
    rows = [row.tobytes() for row in quantise(one.templates)]
    wanted = [*rows, str(one.label).encode()]
    return [str(p) for p, data in everything(box).items() if any(w in data for w in wanted)]


def test_nothing_that_a_segment_holds_lies_open_on_the_disk(box: ListBox) -> None:
    found = holders(box, ADA)
    assert len(found) == 1
    assert found[0].endswith(".sealed/opened")


@pytest.mark.parametrize("rewritten", [False, True], ids=["withdrawn", "published without"])
def test_a_withdrawn_template_is_in_no_file_after_the_apply(
    box: ListBox, repository: SimulatedRepository, rewritten: bool
) -> None:
    assert holders(box, BRUNO)
    if rewritten:
        repository.publish([ADA], [CARLA])
    else:
        repository.publish([ADA, BRUNO], [CARLA], revoked=[(BRUNO, [ADA, BRUNO])])
    assert box.sync.sync_now()
    assert holders(box, BRUNO) == []
    assert box.entries() == ["entry-0001", "entry-0003"]
    assert [(one.entry_id, one.version) for one in box.sync.take_erasures()] == [("entry-0002", 2)]


def test_a_withdrawal_and_the_rewritten_segment_after_it_fetch_no_segment(
    box: ListBox, repository: SimulatedRepository
) -> None:
    repository.asked.clear()
    repository.publish([ADA, BRUNO], [CARLA], revoked=[(BRUNO, [ADA, BRUNO])])
    assert box.sync.sync_now()
    repository.publish([ADA], [CARLA])
    assert box.sync.sync_now()
    assert not [path for path in repository.asked if path.endswith(".segment")]


def test_everybody_in_a_segment_can_be_withdrawn_one_after_the_other(
    box: ListBox, repository: SimulatedRepository
) -> None:
    group = [ADA, BRUNO]
    repository.publish(group, [CARLA], revoked=[(ADA, group)])
    assert box.sync.sync_now()
    repository.publish(group, [CARLA], revoked=[(ADA, group), (BRUNO, group)])
    assert box.sync.sync_now()
    assert box.entries() == ["entry-0003"]
    assert holders(box, ADA) == holders(box, BRUNO) == []


def test_an_entry_that_moves_to_another_segment_is_no_erasure(
    box: ListBox, repository: SimulatedRepository
) -> None:
    repository.publish([ADA], [BRUNO, CARLA])
    assert box.sync.sync_now()
    assert box.entries() == ALL
    assert box.sync.take_erasures() == []


def test_erasures_wait_on_the_disk_until_they_are_recorded(
    tmp_path: Path, box: ListBox, repository: SimulatedRepository
) -> None:
    repository.publish([ADA, BRUNO])
    assert box.sync.sync_now()
    first = box.sync.take_erasures()
    assert [one.entry_id for one in first] == ["entry-0003"]
    assert box.sync.take_erasures() == []
    after_a_kill = ListBox(tmp_path / "state", repository)
    assert not after_a_kill.sync.sync_now()
    after_a_kill.sync.step()
    assert after_a_kill.sync.take_erasures() == first
    after_a_kill.sync.erasures_recorded(first)
    assert ListBox(tmp_path / "state", repository).store.found().erasures == ()  # type: ignore[union-attr]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("place", [0, 7, 8, 19, 20, -17, -1])
def test_one_changed_bit_keeps_a_sealed_file_from_opening(place: int) -> None:
    sealed = seal(bytes(32), "name", b"contents")
    assert unseal(bytes(32), "name", sealed) == b"contents"
    with pytest.raises(WatchlistError, match="does not open"):
        unseal(bytes(32), "name", flipped(sealed, place % len(sealed)))


@pytest.mark.parametrize("size", [0, 7, 8, 20, 35, 36])
def test_a_sealed_file_that_was_cut_does_not_open(size: int) -> None:
    with pytest.raises(WatchlistError, match="does not open"):
        unseal(bytes(32), "name", seal(bytes(32), "name", b"contents")[:size])


def test_a_sealed_file_opens_under_its_own_name_and_key_only() -> None:
    sealed = seal(bytes(32), "one", b"contents")
    for key, name in ((bytes(32), "other"), (b"x" * 32, "one")):
        with pytest.raises(WatchlistError, match="does not open"):
            unseal(key, name, sealed)


def test_the_same_contents_are_never_sealed_to_the_same_bytes() -> None:
    assert len({seal(bytes(32), "name", b"contents") for _ in range(100)}) == 100


@pytest.mark.parametrize("which", ["active.sealed", "segments/*.sealed"])
def test_a_sealed_file_that_was_tampered_with_is_told_and_fetched_anew(
    tmp_path: Path, box: ListBox, repository: SimulatedRepository, which: str
) -> None:
    for path in box.folder.glob(which):
        path.write_bytes(flipped(path.read_bytes(), 40))
    after = ListBox(tmp_path / "state", repository)
    with pytest.raises(WatchlistError) as caught:
        after.entries()
    assert "watchpost watchlist sync" in caught.value.remedy
    assert after.sync.sync_now()
    assert after.entries() == ALL


def test_one_segment_cannot_stand_in_for_another(
    box: ListBox, repository: SimulatedRepository
) -> None:
    one, other = sorted(box.folder.glob("segments/*.sealed"))
    other.write_bytes(one.read_bytes())
    with pytest.raises(WatchlistError, match="does not open"):
        box.entries()
    assert box.sync.sync_now()
    assert box.entries() == ALL


def test_a_lost_key_is_told_and_the_list_fetched_anew_under_a_new_one(
    tmp_path: Path, box: ListBox, repository: SimulatedRepository
) -> None:
    old = box.key.read()
    (tmp_path / "state" / "watchlist.key").unlink()
    with pytest.raises(WatchlistError, match="cannot be read") as caught:
        box.store.active()
    assert "watchpost watchlist sync" in caught.value.remedy
    after = ListBox(tmp_path / "state", repository)
    assert after.sync.sync_now()
    assert after.entries() == ALL
    assert after.key.read() != old


def test_the_key_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    keys: list[bytes] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        keys.append(BoxKey(tmp_path / "key").read_or_make())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys[0]) == KEY_BYTES
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = BoxKey(tmp_path / "key")
    key.read_or_make()
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(WatchlistError, match="Others may read"):
        key.read()


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"x" * size)
    path.chmod(0o600)
    with pytest.raises(WatchlistError, match="does not have 32 bytes"):
        BoxKey(path).read()


def test_a_systemd_credential_stands_before_the_file(tmp_path: Path) -> None:
    (tmp_path / CREDENTIAL_NAME).write_bytes(b"c" * KEY_BYTES)
    key = BoxKey(tmp_path / "key", tmp_path)
    assert key.read_or_make() == b"c" * KEY_BYTES
    assert key.read() == b"c" * KEY_BYTES


def test_a_program_without_the_credential_makes_no_second_key(tmp_path: Path) -> None:
    (tmp_path / CREDENTIAL_NAME).write_bytes(b"c" * KEY_BYTES)
    BoxKey(tmp_path / "key", tmp_path).read_or_make()
    by_hand = BoxKey(tmp_path / "key")
    with pytest.raises(WatchlistError, match="systemd credential"):
        by_hand.read_or_make()
    (tmp_path / "key").unlink()
    assert len(by_hand.read_or_make()) == KEY_BYTES


def test_two_processes_do_not_change_the_list_at_once(box: ListBox) -> None:
    with box.store.alone(), pytest.raises(WatchlistError, match="Another process"):
        box.sync.sync_now()
    assert not box.sync.sync_now()


def test_left_overs_of_a_power_cut_are_removed_at_the_next_start(
    tmp_path: Path, box: ListBox, repository: SimulatedRepository
) -> None:
    left = [
        box.folder / "segments" / f"{'0' * 64}.sealed",
        box.folder / "segments" / f".{'0' * 64}.sealed.99.new",
        box.folder / ".active.sealed.99.new",
    ]
    for path in left:
        path.write_bytes(b"half")
    after = ListBox(tmp_path / "state", repository)
    after.clock.trusted = False
    after.sync.step()
    assert not any(path.exists() for path in left)
    assert after.entries() == ALL


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_medium_that_refuses_leaves_the_old_list_in_force(
    tmp_path: Path, box: ListBox, repository: SimulatedRepository, fails_at: int
) -> None:
    writes = 0

    def write(path: Path, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == fails_at:
            raise OSError(28, "No space left on device")
        path.write_bytes(data)

    repository.publish([entry(4)], [entry(5)])
    failing = ListBox(tmp_path / "state", repository, write=write)
    with pytest.raises(WatchlistError, match="No space left"):
        failing.sync.sync_now()
    assert failing.entries() == ALL
    assert box.sync.sync_now()
    assert box.entries() == ["entry-0004", "entry-0005"]


def test_a_segment_that_was_fetched_before_a_power_cut_is_not_fetched_again(
    tmp_path: Path, box: ListBox, repository: SimulatedRepository
) -> None:
    class PowerCutError(Exception):
        """The power went."""

    def write(path: Path, data: bytes) -> None:
        if path.name == ACTIVE_NAME:
            raise PowerCutError
        path.write_bytes(data)

    repository.publish([entry(4)], [entry(5)])
    with pytest.raises(PowerCutError):
        ListBox(tmp_path / "state", repository, write=write).sync.sync_now()
    repository.asked.clear()
    assert box.sync.sync_now()
    assert not [path for path in repository.asked if path.endswith(".segment")]


def test_a_store_says_when_the_list_was_replaced(
    box: ListBox, repository: SimulatedRepository
) -> None:
    before = box.store.stamp()
    assert not box.sync.sync_now()
    assert box.store.stamp() == before
    repository.publish([ADA])
    assert box.sync.sync_now()
    assert box.store.stamp() != before


def test_a_folder_without_a_list_is_no_error(tmp_path: Path, box: ListBox) -> None:
    empty = SealedStore(tmp_path / "none", box.key, lambda: "0" * 64)
    assert (empty.active(), empty.version(), empty.stamp()) == (None, 0, None)
