"""What the page may know of a list: counts and signatures, nobody in it, and no surprise."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.status.run_files import read_list
from edge.watchlist.list_facts import ListFacts
from edge.watchlist.store import ACTIVE_NAME
from tests.fakes.list_box import ListBox
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import entry

ADA, BRUNO, CARLA = entry(1), entry(2), entry(3)


@pytest.fixture
def repository() -> SimulatedRepository:
    made = SimulatedRepository()
    made.publish([ADA, BRUNO], [CARLA])
    return made


@pytest.fixture
def box(tmp_path: Path, repository: SimulatedRepository) -> ListBox:
    return ListBox(tmp_path / "state", repository)


@pytest.fixture
def facts(tmp_path: Path, box: ListBox) -> ListFacts:
    return ListFacts(box.store, tmp_path / "watchlist.json")


def test_without_a_list_the_page_is_told_that_there_is_none(
    tmp_path: Path, facts: ListFacts
) -> None:
    facts.refresh()
    found = read_list(tmp_path)
    assert found is not None
    assert found.version == 0


def test_counts_lists_and_signatures_are_told_and_nobody_is_named(
    tmp_path: Path, box: ListBox, facts: ListFacts
) -> None:
    assert box.sync.sync_now()
    facts.refresh()
    found = read_list(tmp_path)
    assert found is not None
    assert (found.version, found.entries, found.segments) == (1, 3, 2)
    assert {one.list_id for one in found.lists} == {"guests", "staff"}
    assert {one.role for one in found.roles} == {"root", "targets", "snapshot", "timestamp"}
    assert all(one.signatures >= one.threshold >= 1 for one in found.roles)
    text = (tmp_path / "watchlist.json").read_text()
    for one in (ADA, BRUNO, CARLA):
        for private in (one.entry_id, one.person_id, str(one.label)):
            assert private not in text


def test_the_file_is_written_again_only_when_something_changed(
    tmp_path: Path, box: ListBox, repository: SimulatedRepository, facts: ListFacts
) -> None:
    box.sync.sync_now()
    facts.refresh()
    path = tmp_path / "watchlist.json"
    path.unlink()
    facts.refresh()
    assert not path.exists()
    repository.publish([ADA, BRUNO], [CARLA], revoked=[(BRUNO, [ADA, BRUNO])])
    box.sync.sync_now()
    facts.refresh()
    found = read_list(tmp_path)
    assert found is not None
    assert (found.version, found.revoked) == (2, 1)


def test_a_damaged_list_is_told_as_a_problem_with_its_remedy(
    tmp_path: Path, box: ListBox, facts: ListFacts
) -> None:
    box.sync.sync_now()
    (box.folder / ACTIVE_NAME).write_bytes(b"damaged")
    facts.refresh()
    found = read_list(tmp_path)
    assert found is not None
    assert found.version == 0
    assert found.problem
    assert found.remedy


def test_damaged_metadata_cost_the_signatures_and_no_more(
    tmp_path: Path, box: ListBox, facts: ListFacts
) -> None:
    box.sync.sync_now()
    (box.store.metadata_folder / "root.json").write_bytes(b"{}")
    facts.refresh()
    found = read_list(tmp_path)
    assert found is not None
    assert found.version == 1
    assert found.roles == ()


def test_a_run_folder_that_is_gone_is_only_logged(tmp_path: Path, box: ListBox) -> None:
    box.sync.sync_now()
    ListFacts(box.store, tmp_path / "missing" / "watchlist.json").refresh()
    assert not (tmp_path / "missing").exists()
