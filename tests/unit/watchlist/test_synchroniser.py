"""When lists are fetched, and what an error leaves as it was."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import ConfigError, WatchlistError
from edge.watchlist import bundle
from edge.watchlist.store import ListStore
from edge.watchlist.sync import FileSource, HttpSource, Synchroniser, make_list_source
from tests.fakes.watchlists import KEY, NOW, PACK, StillClock, entry, watchlist

MINUTE = timedelta(minutes=1)


def data(version: int, **changes: object) -> bytes:
    return bundle.encode(watchlist(entry(version), version=version, **changes), KEY)  # type: ignore[arg-type]


class Shelf:
    """A source a test fills; it counts how often it is asked."""

    def __init__(self) -> None:
        self.offered: bytes | None = None
        self.error: WatchlistError | None = None
        self.asked = 0
        self._given: bytes | None = None

    def fetch(self) -> bytes | None:
        self.asked += 1
        if self.error:
            raise self.error
        if self.offered == self._given:
            return None
        self._given = self.offered
        return self.offered

    def forget(self) -> None:
        self._given = None


class World:
    def __init__(self, folder: Path, refresh: timedelta = 5 * MINUTE) -> None:
        self.shelf = Shelf()
        self.clock = StillClock()
        self.store = ListStore(folder, (KEY.public_key(),), PACK)
        self.sync = Synchroniser(self.shelf, self.store, self.clock, refresh, random.Random(1))

    def version(self) -> int:
        loaded = self.store.load()
        return loaded.version if loaded else 0

    def steps_for(self, span: timedelta) -> int:
        before, steps = self.shelf.asked, int(span.total_seconds())
        for _ in range(steps):
            self.clock.advance(timedelta(seconds=1))
            try:
                self.sync.step()
            except WatchlistError:
                continue
        return self.shelf.asked - before


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_first_step_asks_at_once_and_applies(world: World) -> None:
    world.shelf.offered = data(1)
    assert world.sync.age_s is None
    assert world.sync.step()
    assert world.version() == 1
    assert world.sync.age_s == 0.0


def test_it_asks_once_in_each_interval_give_or_take_a_tenth(world: World) -> None:
    world.shelf.offered = data(1)
    world.sync.step()
    assert world.steps_for(timedelta(seconds=4 * 60 + 29)) == 0
    assert world.steps_for(timedelta(seconds=62)) == 1
    assert 10 <= world.steps_for(timedelta(hours=1)) <= 14


def test_intervals_differ_from_box_to_box(tmp_path: Path) -> None:
    first = []
    for seed in range(20):
        clock, shelf = StillClock(), Shelf()
        store = ListStore(tmp_path, (KEY.public_key(),), PACK)
        sync = Synchroniser(shelf, store, clock, 5 * MINUTE, random.Random(seed))
        sync.step()
        while shelf.asked == 1:
            clock.advance(timedelta(seconds=1))
            sync.step()
        first.append(clock.steady_s)
    assert len(set(first)) > 10


def test_an_unchanged_list_is_not_applied_again(world: World) -> None:
    world.shelf.offered = data(1)
    assert world.sync.sync_now()
    assert not world.sync.sync_now()
    world.clock.advance(MINUTE)
    assert world.sync.age_s == 60.0


def test_an_error_keeps_the_old_list_and_is_told_until_it_is_mended(world: World) -> None:
    world.shelf.offered = data(1)
    world.sync.sync_now()
    world.shelf.error = WatchlistError("The server is silent.", "Check it.")
    with pytest.raises(WatchlistError, match="silent"):
        world.sync.sync_now()
    assert world.sync.last_error is world.shelf.error
    assert world.version() == 1
    world.shelf.error, world.shelf.offered = None, data(2)
    assert world.sync.sync_now()
    assert world.sync.last_error is None
    assert world.version() == 2


def test_after_an_error_it_tries_soon_and_then_ever_later_up_to_the_interval(world: World) -> None:
    world.shelf.error = WatchlistError("Away.", "Wait.")
    with pytest.raises(WatchlistError):
        world.sync.step()
    assert 2 <= world.steps_for(timedelta(seconds=20)) <= 3
    assert 3 <= world.steps_for(timedelta(minutes=9)) <= 6
    assert 10 <= world.steps_for(timedelta(hours=1)) <= 14


def test_a_list_that_could_not_be_applied_is_fetched_again(world: World) -> None:
    world.shelf.offered = data(1, expires=NOW + MINUTE)
    world.clock.advance(2 * MINUTE)
    with pytest.raises(WatchlistError, match="expired"):
        world.sync.sync_now()
    world.clock.now = NOW
    assert world.sync.sync_now()


def test_a_tampered_list_is_refused_and_the_old_one_stays(world: World) -> None:
    world.shelf.offered = data(1)
    world.sync.sync_now()
    world.shelf.offered = data(2)[:-1] + b"\x00"
    with pytest.raises(WatchlistError, match="altered"):
        world.sync.sync_now()
    assert world.version() == 1


def test_a_file_is_taken_when_it_changed_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"one")
    source = FileSource(path, 100)
    assert source.fetch() == b"one"
    assert source.fetch() is None
    path.write_bytes(b"three")
    assert source.fetch() == b"three"
    source.forget()
    assert source.fetch() == b"three"


def test_a_file_that_is_missing_or_too_large_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "list"
    source = FileSource(path, 10)
    with pytest.raises(WatchlistError, match="No such file"):
        source.fetch()
    path.write_bytes(b"x" * 11)
    for _ in range(2):
        with pytest.raises(WatchlistError, match="more than 10 bytes"):
            source.fetch()
    path.write_bytes(b"x" * 10)
    assert source.fetch() == b"x" * 10


@pytest.mark.parametrize("address", ["list.bin", "/srv/list.bin", "file:///srv/a%20list.bin"])
def test_a_path_makes_a_file_source(address: str) -> None:
    assert isinstance(make_list_source(address, 100), FileSource)


@pytest.mark.parametrize("address", ["http://host/list", "https://host:8443/list?x=1"])
def test_a_web_address_makes_a_web_source(address: str) -> None:
    assert isinstance(make_list_source(address, 100), HttpSource)


@pytest.mark.parametrize(
    "address",
    ["", "ftp://host/list", "http://", "file://host/list", "https://me:secret@host/l", "http://[x"],
)
def test_another_address_is_refused_without_telling_a_password(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_list_source(address, 100)
    assert "secret" not in str(caught.value)
