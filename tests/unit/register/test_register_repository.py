"""The repository's files: whenever the writing stops, a box finds the old release or the new."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from edge.errors import RegisterError, WatchlistError
from edge.register.database import Register
from edge.register.keys import KeyFolder, Secrets
from edge.register.publish import publish
from edge.register.release import Release
from edge.register.repository import RepositoryFolder, write_readable
from edge.watchlist.manifest import ListRow, Manifest, SegmentRow
from edge.watchlist.segment import encode, segment_id
from edge.watchlist.table import table_of_entries
from tests.fakes.registers import add, new_register
from tests.fakes.watchlists import NOW, PACK, entry
from tests.unit.register.published import Box

DAY = timedelta(days=1)
FUZZED = max(1000, settings().max_examples)


class PowerCut(Exception):  # noqa: N818 - reads as what happens
    """Everything stops."""


class Writer:
    """Writes until the power goes.

    Args:
        left: so many files are written whole.
    """

    def __init__(self, left: int) -> None:
        self._left = left

    def __call__(self, path: Path, data: bytes) -> None:
        if not self._left:
            path.with_name(f".{path.name}.77.new").write_bytes(data[: len(data) // 2])
            raise PowerCut
        self._left -= 1
        write_readable(path, data)


def release(keys: KeyFolder, version: int, *numbers: int) -> Release:
    """A release with a segment for each number."""
    made = {segment_id(one): one for one in (_segment(number) for number in numbers)}
    rows = [SegmentRow(id=name, entries=1, bytes=len(data)) for name, data in made.items()]
    manifest = Manifest(
        version=version,
        issued_at=NOW,
        expires_at=NOW + 30 * DAY,
        pack=PACK,
        dimensions=32,
        lists=(ListRow(list_id="guests", purpose="Greet.", show_label=True),),
        segments=tuple(sorted(rows, key=lambda row: row.id)),
        revoked=(),
    )
    return Release(manifest, made, keys.root_files(), keys.online_signer(None))


def _segment(number: int) -> bytes:
    return encode(table_of_entries(PACK, [entry(number)]))


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def test_wherever_the_writing_stops_a_box_finds_the_old_release_whole(
    register: Register, tmp_path: Path
) -> None:
    old, new = release(register.keys, 1, 1, 2), release(register.keys, 2, 2, 3, 4)
    for written in range(len(list(new.files()))):
        out = tmp_path / f"stopped-{written}"
        RepositoryFolder(out).write(old, None)
        box = Box(register, out)
        before = RepositoryFolder(out).live(register.keys.roots())
        with pytest.raises(PowerCut):
            RepositoryFolder(out, write=Writer(written)).write(new, before)
        assert box.manifest().version == 1
        assert [one.entry_id for one in box.entries()] == ["entry-0001", "entry-0002"]
        RepositoryFolder(out).write(release(register.keys, 3, 5), before)
        assert [one.entry_id for one in box.entries()] == ["entry-0005"]
        assert not list(out.rglob(".*.new"))
        assert len(list((out / "targets" / "segments").iterdir())) == 1


def test_when_the_deleting_stops_a_box_finds_the_new_release(
    register: Register, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    RepositoryFolder(out).write(release(register.keys, 1, 1, 2), None)
    segment = out / "targets" / "segments" / next((out / "targets" / "segments").iterdir()).name
    segment.unlink()
    segment.mkdir()  # cannot be unlinked, as with a medium that fails
    before = RepositoryFolder(out).live(register.keys.roots())
    with pytest.raises(RegisterError, match="cannot be written"):
        RepositoryFolder(out).write(release(register.keys, 2, 7), before)
    assert [one.entry_id for one in Box(register, out).entries()] == ["entry-0007"]


def test_a_box_that_was_reading_the_release_before_can_read_on(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada")
    out = tmp_path / "out"
    for _ in range(3):
        publish(register, out, DAY)
    names = {path.name for path in (out / "metadata").iterdir()}
    assert names == {
        "1.root.json", "timestamp.json", "2.targets.json", "3.targets.json",
        "2.snapshot.json", "3.snapshot.json",
    }  # fmt: skip
    assert len(list((out / "targets").glob("*.watchlist.json"))) == 2


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    made = KeyFolder(tmp_path_factory.mktemp("keys"))
    made.create(Secrets(None), NOW)
    return made


def metadata(keys: KeyFolder) -> dict[str, bytes]:
    """The metadata of a release, in the order in which a box reads it."""
    files = dict(release(keys, 1, 1).files())
    return {
        "root": files["metadata/1.root.json"],
        "timestamp": files["metadata/timestamp.json"],
        "snapshot": files["metadata/1.snapshot.json"],
        "targets": files["metadata/1.targets.json"],
    }


def read(trusted: TrustedMetadataSet, name: str, data: bytes) -> Metadata[object] | object:
    """What a box does with a file."""
    if name == "timestamp":
        return trusted.update_timestamp(data)
    if name == "snapshot":
        return trusted.update_snapshot(data)
    return trusted.update_targets(data)


def in_order(files: dict[str, bytes], until: str) -> TrustedMetadataSet:
    """A box that has read all before a file."""
    trusted = TrustedMetadataSet(files["root"], EnvelopeType.METADATA)
    trusted.reference_time = NOW
    for name in ("timestamp", "snapshot", "targets"):
        if name == until:
            break
        read(trusted, name, files[name])
    return trusted


@pytest.fixture(scope="module")
def signed(keys: KeyFolder) -> dict[str, bytes]:
    return metadata(keys)


def means_the_same(name: str, data: bytes, whole: bytes) -> bool:
    """Whether altered bytes say exactly what was signed: white space, order of members."""
    kind = {"root": Root, "timestamp": Timestamp, "snapshot": Snapshot, "targets": Targets}[name]
    one, other = (Metadata[kind].from_bytes(x).signed_bytes for x in (data, whole))
    return one == other


@settings(max_examples=FUZZED, deadline=None)
@given(
    name=st.sampled_from(("timestamp", "snapshot", "targets")),
    start=st.integers(0, 2000),
    length=st.integers(0, 20),
    put=st.binary(max_size=10) | st.text('0123456789abcdef"{}[]:,', max_size=10).map(str.encode),
)
def test_altered_metadata_is_refused_unless_it_says_what_was_signed_and_nothing_else_happens(
    signed: dict[str, bytes], name: str, start: int, length: int, put: bytes
) -> None:
    whole = signed[name]
    start %= len(whole)
    altered = whole[:start] + put + whole[start + length :]
    if altered == whole:
        return
    trusted = in_order(signed, name)
    try:
        read(trusted, name, altered)
    except (RepositoryError, WatchlistError):
        return
    # Hashes pin snapshot and targets to the byte; a timestamp has no file that names it.
    assert name == "timestamp"
    assert means_the_same(name, altered, whole)
