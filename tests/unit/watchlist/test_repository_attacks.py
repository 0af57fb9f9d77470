"""What TUF is there for: whatever the server does, the box keeps the last good list."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tuf.api.metadata import Metadata
from tuf.ngclient import FetcherInterface

from edge.errors import WatchlistError
from edge.runtime.web import Patience
from edge.watchlist.fetcher import BoundedFetcher
from edge.watchlist.manifest import MANIFEST_TARGET
from tests.fakes.list_box import ListBox
from tests.fakes.repository import ROLES, Signers, SimulatedRepository
from tests.fakes.watchlists import entry

ADA, BRUNO, CARLA = entry(1), entry(2), entry(3)
OLD = ["entry-0001", "entry-0002"]
YEARS = timedelta(days=3652)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Served:
    """A repository, its box, and the way between them."""

    def __init__(self, folder: Path) -> None:
        self.repository = SimulatedRepository()
        self.folder = folder / "www"
        self.repository.publish([ADA, BRUNO])

    def bring(self) -> None:
        """Put the files as they are now where the box finds them."""


class OverHttp(Served):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder.mkdir()
        handler = partial(QuietHandler, directory=str(self.folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.bring()
        fetcher: FetcherInterface = BoundedFetcher(Patience(wait_s=2, whole_s=5))
        self.box = ListBox(folder / "box", self.repository, fetcher=fetcher, url=url)
        assert self.box.sync.sync_now()

    def bring(self) -> None:
        for old in self.folder.rglob("*.*"):
            old.unlink()
        self.repository.write(self.folder)


class InMemory(Served):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.box = ListBox(folder / "box", self.repository)
        assert self.box.sync.sync_now()


@pytest.fixture(params=[InMemory, OverHttp], ids=["simulator", "http"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InMemory | OverHttp]:
    made = request.param(tmp_path)
    yield made
    if isinstance(made, OverHttp):
        made.server.shutdown()
        made.server.server_close()


def refused(served: InMemory | OverHttp) -> str:
    """The box refuses what is offered and keeps its list; how it says so."""
    served.bring()
    box = served.box
    version, found = box.store.version(), box.entries()
    with pytest.raises(WatchlistError) as caught:
        box.sync.sync_now()
    assert (box.store.version(), box.entries()) == (version, found)
    assert box.sync.last_error is caught.value
    assert caught.value.remedy
    return caught.value.problem


def recovers(served: InMemory | OverHttp) -> None:
    """A good repository later is taken as if nothing had happened."""
    served.repository.version += 10
    served.repository.publish([ADA, BRUNO], [CARLA])
    served.bring()
    assert served.box.sync.sync_now()
    assert served.box.entries() == [*OLD, "entry-0003"]
    assert served.box.sync.last_error is None


def test_an_older_repository_is_refused(served: InMemory | OverHttp) -> None:
    old = dict(served.repository.files)
    served.repository.publish([ADA, BRUNO], [CARLA])
    served.bring()
    assert served.box.sync.sync_now()
    served.repository.files = old
    assert "older than this box has seen" in refused(served)
    recovers(served)


def test_an_older_manifest_under_newer_metadata_is_refused(served: InMemory | OverHttp) -> None:
    served.repository.publish([ADA, BRUNO], [CARLA], version=7)
    served.bring()
    assert served.box.sync.sync_now()
    served.repository.publish([ADA], version=6)
    assert "older than the active version 7" in refused(served)
    recovers(served)


def test_another_manifest_of_the_same_version_is_refused(served: InMemory | OverHttp) -> None:
    served.repository.publish([ADA], version=1)
    assert "differs from the active one but has the same version 1" in refused(served)
    recovers(served)


def test_a_lost_memory_of_the_repository_does_not_let_an_older_list_in(
    served: InMemory | OverHttp,
) -> None:
    old = dict(served.repository.files)
    served.repository.publish([ADA, BRUNO], [CARLA])
    served.bring()
    assert served.box.sync.sync_now()
    served.repository.files = old
    for path in served.box.store.metadata_folder.glob("*.json"):
        path.unlink()
    assert "older than the active version 2" in refused(served)


def test_a_repository_that_is_never_renewed_is_refused_once_it_expires(
    served: InMemory | OverHttp,
) -> None:
    served.box.clock.advance(timedelta(days=31))
    assert "has expired" in refused(served)
    served.repository.now = served.box.clock.now
    recovers(served)


@pytest.mark.parametrize("role", ROLES[1:])
def test_one_expired_role_is_enough_to_refuse(served: InMemory | OverHttp, role: str) -> None:
    repository = served.repository
    repository.version += 1
    repository.lasting = timedelta(hours=1)
    brief = repository.publish([ADA, BRUNO], [CARLA])
    assert brief.expires_at < served.box.clock.now + timedelta(hours=2)
    served.box.clock.advance(timedelta(hours=2))
    assert "has expired" in refused(served), role


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_role_signed_with_another_key_is_refused(served: InMemory | OverHttp, role: str) -> None:
    trusted = served.repository.signers.of[role]
    served.repository.signers.of[role] = Signers().of[role]
    served.repository.publish([ADA, BRUNO], [CARLA])
    assert "not signed by enough" in refused(served)
    served.repository.signers.of[role] = trusted
    recovers(served)


def test_a_root_that_the_old_root_did_not_sign_is_refused(served: InMemory | OverHttp) -> None:
    repository = served.repository
    repository.root.version += 1
    trusted, repository.signers.of["root"] = repository.signers.of["root"], Signers().of["root"]
    repository.sign_root()
    assert "not signed by enough" in refused(served)
    del repository.files["metadata/2.root.json"]
    repository.root.version -= 1
    repository.signers.of["root"] = trusted
    recovers(served)


@pytest.mark.parametrize("role", ROLES)
def test_a_key_that_the_old_root_replaced_is_followed(
    served: InMemory | OverHttp, role: str
) -> None:
    served.repository.rotate(role)
    recovers(served)


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_key_that_was_replaced_is_refused_from_then_on(
    served: InMemory | OverHttp, role: str
) -> None:
    stolen = served.repository.signers.of[role]
    served.repository.rotate(role)
    served.repository.publish([ADA, BRUNO])
    served.bring()
    assert served.box.sync.sync_now()
    served.repository.signers.of[role] = stolen
    served.repository.publish([CARLA])
    assert "not signed by enough" in refused(served)


def test_parts_of_different_versions_are_refused(served: InMemory | OverHttp) -> None:
    repository = served.repository
    repository.publish([ADA, BRUNO], [CARLA])
    one = {k: v for k, v in repository.files.items() if "snapshot" in k}
    repository.version -= 1
    repository.publish([ADA])
    repository.files |= one
    repository.files["metadata/2.targets.json"] = b"{}"
    assert "metadata that cannot be used" in refused(served)
    recovers(served)


def test_a_snapshot_of_another_version_is_refused(served: InMemory | OverHttp) -> None:
    repository = served.repository
    before = repository.files["metadata/1.snapshot.json"]
    repository.publish([ADA, BRUNO], [CARLA])
    repository.files["metadata/2.snapshot.json"] = before
    assert "older than this box has seen, or parts of different versions" in refused(served)
    recovers(served)


def damaged(files: dict[str, bytes], part: str, change: Callable[[bytes], bytes]) -> None:
    for name in [name for name in files if part in name]:
        files[name] = change(files[name])


@pytest.mark.parametrize("part", ["timestamp", "2.snapshot", "2.targets", "watchlist", ".segment"])
@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: data + b" " * 10_000_000,
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda data: b"[" * 10_000,
    ],
    ids=["truncated", "empty", "oversized", "one bit", "nested"],
)
def test_a_file_that_is_not_as_signed_is_refused(
    tmp_path: Path, part: str, change: Callable[[bytes], bytes]
) -> None:
    served = InMemory(tmp_path)
    served.repository.publish([ADA, BRUNO], [CARLA])
    damaged(served.repository.files, part, change)
    assert "repository" in refused(served)
    recovers(served)


@pytest.mark.parametrize("part", ["timestamp", "2.targets", "watchlist", ".segment"])
def test_a_file_that_is_missing_is_refused(served: InMemory | OverHttp, part: str) -> None:
    files = served.repository.files
    served.repository.publish([ADA, BRUNO], [CARLA])
    files = served.repository.files
    for name in [name for name in files if part in name]:
        del files[name]
    assert "cannot be fetched" in refused(served)
    recovers(served)


def test_a_manifest_that_is_signed_but_none_is_refused(served: InMemory | OverHttp) -> None:
    served.repository.version += 1
    served.repository.sign({MANIFEST_TARGET: json.dumps({"format": 2}).encode()})
    assert "manifest is not usable" in refused(served)
    served.repository.version += 1
    served.repository.sign({})
    assert "signs no watchlist.json" in refused(served)
    recovers(served)


def test_a_list_for_another_pack_is_refused_with_both_names(
    served: InMemory | OverHttp,
) -> None:
    served.repository.publish([ADA], pack="other@2.0")
    said = refused(served)
    assert "other@2.0" in said
    assert "test@1.0" in said


def test_a_list_over_the_bound_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    repository = SimulatedRepository()
    repository.publish([ADA, BRUNO])
    box = ListBox(tmp_path, repository, max_bytes=100)
    with pytest.raises(WatchlistError, match="more than 100"):
        box.sync.sync_now()
    assert not [path for path in repository.asked if "segment" in path]


@pytest.mark.parametrize("step", [YEARS, -YEARS], ids=["ten years on", "ten years back"])
def test_a_clock_that_is_ten_years_off_changes_nothing(
    served: InMemory | OverHttp, step: timedelta
) -> None:
    served.repository.publish([ADA, BRUNO], [CARLA])
    served.box.clock.now += step
    said = refused(served)
    assert "expired" in said or "is dated" in said
    served.box.clock.now -= step
    assert served.box.sync.sync_now()
    assert served.box.entries() == [*OLD, "entry-0003"]


def test_another_operators_repository_needs_another_root_and_then_starts_afresh(
    tmp_path: Path,
) -> None:
    ours, theirs = SimulatedRepository(), SimulatedRepository()
    ours.publish([ADA, BRUNO], version=40)
    theirs.publish([CARLA])
    assert ListBox(tmp_path, ours).sync.sync_now()
    box = ListBox(tmp_path, theirs)
    with pytest.raises(WatchlistError, match="not signed by enough"):
        box.sync.sync_now()
    box.root.write_bytes(theirs.first_root)
    with pytest.raises(WatchlistError, match="another root"):
        box.store.active()
    assert box.sync.sync_now()
    assert (box.store.version(), box.entries()) == (1, ["entry-0003"])
    assert [one.entry_id for one in box.sync.take_erasures()] == OLD


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    part=st.sampled_from(["timestamp", "2.snapshot", "2.targets", "2.root", "watchlist.json"]),
    place=st.floats(0, 1, exclude_max=True),
    change=st.one_of(st.binary(max_size=8), st.integers(1, 255)),
)
def test_mutated_metadata_is_never_accepted_and_never_crashes(
    tmp_path: Path, rotated: SimulatedRepository, part: str, place: float, change: bytes | int
) -> None:
    good = dict(rotated.files)
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    box = ListBox(folder, rotated)
    try:
        for name in [name for name in good if part in name]:
            at = int(place * len(good[name]))
            new = bytes([good[name][at] ^ change]) if isinstance(change, int) else change
            rotated.files[name] = good[name][:at] + new + good[name][at + 1 :]
        try:
            assert box.sync.sync_now()
        except WatchlistError:
            assert box.entries() == []
        else:
            assert says_the_same(good, rotated.files)
    finally:
        rotated.files = good


def says_the_same(good: dict[str, bytes], files: dict[str, bytes]) -> bool:
    """Whether a change touched no more than the spelling of what is signed, as 12:0:00Z for a time.

    What is signed is the canonical form of what was read, not the bytes that were sent.
    """
    return all(
        data == good[name]
        or Metadata.from_bytes(data).signed == Metadata.from_bytes(good[name]).signed
        for name, data in files.items()
    )


@pytest.fixture
def rotated() -> SimulatedRepository:
    made = SimulatedRepository()
    made.publish([ADA])
    made.rotate("timestamp")
    made.publish([ADA, BRUNO], [CARLA])
    return made
