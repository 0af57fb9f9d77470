"""The active list: replaced all or nothing, never by something worse."""

from __future__ import annotations

import os
import resource
import signal
import sys
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from edge.errors import WatchlistError
from edge.runtime import atomic_file
from edge.values import Watchlist
from edge.watchlist import bundle
from edge.watchlist.store import FILE_NAME, ListStore
from tests.fakes.watchlists import KEY, NOW, OTHER_KEY, PACK, entry, watchlist

KEYS = (KEY.public_key(),)


def data(version: int, **changes: Any) -> bytes:
    return bundle.encode(watchlist(entry(version), version=version, **changes), KEY)


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path / "state" / "watchlist", KEYS, PACK)


def active(store: ListStore) -> int:
    loaded = store.load()
    return loaded.version if loaded else 0


def refused(store: ListStore, offered: bytes) -> str:
    before = store.stamp()
    with pytest.raises(WatchlistError) as caught:
        store.apply(offered, NOW)
    assert store.stamp() == before
    return caught.value.problem


def test_before_the_first_list_there_is_none(store: ListStore) -> None:
    assert store.load() is None
    assert store.version() == 0
    assert store.stamp() is None


def test_a_list_is_applied_and_read_back(store: ListStore) -> None:
    applied = store.apply(data(1), NOW)
    loaded = store.load()
    assert isinstance(loaded, Watchlist)
    assert loaded.version == applied.version == store.version() == 1
    assert loaded.entries[0].entry_id == "entry-0001"


def test_a_newer_list_replaces_the_old_one_and_changes_the_stamp(store: ListStore) -> None:
    store.apply(data(1), NOW)
    before = store.stamp()
    store.apply(data(2), NOW)
    assert active(store) == 2
    assert store.stamp() != before


def test_the_same_list_again_writes_nothing(store: ListStore) -> None:
    store.apply(data(1), NOW)
    before = store.stamp()
    assert store.apply(data(1), NOW).version == 1
    assert store.stamp() == before


def test_a_tampered_list_is_refused_and_the_old_one_stays(store: ListStore) -> None:
    store.apply(data(1), NOW)
    tampered = bytearray(data(2))
    tampered[60] ^= 1
    assert "altered" in refused(store, bytes(tampered))
    assert "carries no signature" in refused(store, data(2)[:-64])
    foreign = bundle.encode(watchlist(entry(2), version=2), OTHER_KEY)
    assert "does not know" in refused(store, foreign)
    assert active(store) == 1


def test_an_older_list_is_refused_and_both_versions_are_named(store: ListStore) -> None:
    store.apply(data(5), NOW)
    assert "version 4, older than the active version 5" in refused(store, data(4))
    assert active(store) == 5


def test_another_list_of_the_same_version_is_refused(store: ListStore) -> None:
    store.apply(data(1), NOW)
    other = bundle.encode(watchlist(entry(9), version=1), KEY)
    assert "same version 1" in refused(store, other)


def test_a_list_for_another_pack_is_refused_and_both_packs_are_named(store: ListStore) -> None:
    said = refused(store, data(1, pack="other@2.0"))
    assert "other@2.0" in said
    assert PACK in said


def test_an_expired_list_is_refused_when_the_time_is_known(store: ListStore) -> None:
    old = data(1, expires=NOW)
    assert "expired at" in refused(store, old)
    assert store.apply(old, NOW - timedelta(seconds=1)).version == 1


def test_without_a_known_time_expiry_is_left_to_the_search(store: ListStore) -> None:
    assert store.apply(data(1, expires=NOW), None).version == 1


def test_a_list_damaged_on_the_disk_is_noticed_and_does_not_block_the_next(
    store: ListStore, tmp_path: Path
) -> None:
    store.apply(data(1), NOW)
    path = tmp_path / "state" / "watchlist" / FILE_NAME
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WatchlistError, match="ends after"):
        store.load()
    store.apply(data(2), NOW)
    assert active(store) == 2


def test_a_list_of_a_withdrawn_key_no_longer_loads_and_does_not_block_the_next(
    store: ListStore, tmp_path: Path
) -> None:
    store.apply(data(7), NOW)
    rotated = ListStore(tmp_path / "state" / "watchlist", (OTHER_KEY.public_key(),), PACK)
    with pytest.raises(WatchlistError, match="does not know"):
        rotated.load()
    rotated.apply(bundle.encode(watchlist(entry(1)), OTHER_KEY), NOW)
    assert active(rotated) == 1


def test_a_list_of_the_packs_predecessor_no_longer_loads(store: ListStore, tmp_path: Path) -> None:
    store.apply(data(1), NOW)
    moved_on = ListStore(tmp_path / "state" / "watchlist", KEYS, "test@2.0")
    with pytest.raises(WatchlistError, match=r"test@1\.0, but this box runs pack test@2\.0"):
        moved_on.load()


def test_a_file_over_the_bound_is_not_read(store: ListStore, tmp_path: Path) -> None:
    store.apply(data(1), NOW)
    narrow = ListStore(tmp_path / "state" / "watchlist", KEYS, PACK, max_bytes=100)
    with pytest.raises(WatchlistError, match="more than 100 bytes"):
        narrow.load()


def test_a_write_that_fails_keeps_the_old_list_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(path: Path, offered: bytes) -> None:
        path.with_name(".half").write_bytes(offered[:10])
        path.with_name(".half").unlink()
        raise OSError(28, "No space left on device")

    ListStore(tmp_path, KEYS, PACK).apply(data(1), NOW)
    store = ListStore(tmp_path, KEYS, PACK, write=full)
    assert "No space left on device" in refused(store, data(2))
    assert active(store) == 1
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


def _apply_and_die(store: ListStore, offered: bytes, at_line: int) -> int:
    """Apply in a child that is killed at the n-th line of the writing; its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    lines = 0

    def follow(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != atomic_file.__file__:
            return None
        lines += event == "line"
        if lines == at_line:
            os.kill(os.getpid(), signal.SIGKILL)
        return follow

    sys.settrace(follow)
    store.apply(offered, NOW)
    os._exit(0)


def test_a_kill_at_any_step_of_the_writing_leaves_the_old_list_or_the_new_one(
    tmp_path: Path,
) -> None:
    seen = set()
    for step in range(1, 100):
        store = ListStore(tmp_path / str(step), KEYS, PACK)
        store.apply(data(1), NOW)
        status = _apply_and_die(store, data(2), step)
        seen.add(active(store))
        if os.WIFEXITED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        store.apply(data(3), NOW)
        assert active(store) == 3
        assert [p.name for p in (tmp_path / str(step)).iterdir()] == [FILE_NAME]
    assert step > 8
    assert seen == {1, 2}


def test_a_real_medium_that_takes_only_half_the_file_keeps_the_old_list(tmp_path: Path) -> None:
    store = ListStore(tmp_path, KEYS, PACK)
    store.apply(data(1), NOW)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
        try:
            store.apply(data(2), NOW)
        except WatchlistError:
            os._exit(5)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    assert active(store) == 1
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]
