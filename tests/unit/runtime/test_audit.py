"""The chained log: what was changed, taken out or cut off shows."""

from __future__ import annotations

import json
import multiprocessing
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.runtime.audit import MAX_LINE_BYTES, AuditLine, AuditLog

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def line(number: int) -> AuditLine:
    return AuditLine(AT, "olga", "add", {"entry": f"entry-{number}", "photos": number})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    log = AuditLog(tmp_path / "audit.log")
    for number in range(5):
        log.append(line(number))
    return tmp_path / "audit.log"


def rewrite(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(lines))


def test_a_missing_log_is_empty_and_sound(tmp_path: Path) -> None:
    found = AuditLog(tmp_path / "audit.log").verify()
    assert (found.lines, found.problem) == ((), "")


def test_lines_come_back_in_order_and_the_last_hash_is_what_append_returned(path: Path) -> None:
    head = AuditLog(path).append(line(5))
    found = AuditLog(path).verify()
    assert found.problem == ""
    assert [x["number"] for x in found.lines] == [1, 2, 3, 4, 5, 6]
    assert found.lines[5]["facts"] == {"entry": "entry-5", "photos": 5}
    assert found.hashes[-1] == head


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_changed_byte_shows_at_its_line(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        found = AuditLog(path).verify()
        assert found.problem
        assert len(found.lines) <= whole[:place].count(b"\n")


def test_a_line_that_was_changed_with_a_fitting_hash_breaks_the_next(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    other = path.with_name("other")
    log = AuditLog(other)
    for number in (0, 1, 9):
        log.append(line(number))
    rewrite(path, [*lines[:2], other.read_bytes().splitlines(keepends=True)[2], *lines[3:]])
    assert AuditLog(path).verify().problem.startswith("Line 4 does not follow")


@pytest.mark.parametrize("order", [[1, 2, 3, 4], [0, 2, 3, 4], [0, 1, 3, 2, 4], [0, 0, 1, 2]])
def test_lines_taken_out_doubled_or_swapped_show(path: Path, order: list[int]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    rewrite(path, [lines[i] for i in order])
    assert "does not follow" in AuditLog(path).verify().problem


def test_a_cut_off_end_shows_to_whoever_kept_the_last_hash(path: Path) -> None:
    head = AuditLog(path).verify().hashes[-1]
    rewrite(path, path.read_bytes().splitlines(keepends=True)[:-1])
    found = AuditLog(path).verify()
    assert found.problem == ""
    assert head not in found.hashes


def test_a_line_cut_by_a_power_failure_is_told_and_replaced_by_the_next(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])
    assert AuditLog(path).verify().problem == "Line 5 is incomplete."
    AuditLog(path).append(line(6))
    found = AuditLog(path).verify()
    assert found.problem == ""
    assert found.lines[4]["facts"]["entry"] == "entry-6"


@pytest.mark.parametrize("junk", [b"junk\n", b"{}\n", b"[" * 5000 + b"\n", b'{"number":1}\n'])
def test_nothing_is_appended_after_a_damaged_last_line(path: Path, junk: bytes) -> None:
    path.write_bytes(path.read_bytes() + junk)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="damaged"):
        AuditLog(path).append(line(1))
    assert path.read_bytes() == before
    assert AuditLog(path).verify().problem.startswith("Line 6")


def test_a_file_without_any_line_end_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(b"x" * (3 * MAX_LINE_BYTES))
    with pytest.raises(ValueError, match="no line"):
        AuditLog(path).append(line(1))
    assert path.stat().st_size == 3 * MAX_LINE_BYTES


def test_a_line_over_the_bound_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="more than"):
        AuditLog(path).append(AuditLine(AT, "olga", "add", {"x": "y" * MAX_LINE_BYTES}))
    assert AuditLog(path).verify().problem == ""


def _append_many(path: Path) -> None:
    for number in range(20):
        AuditLog(path).append(line(number))


def test_several_processes_append_to_one_chain(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_append_many, args=(path,)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
        assert writer.exitcode == 0
    found = AuditLog(path).verify()
    assert found.problem == ""
    assert len(found.lines) == 65


def test_a_line_is_one_json_object(path: Path) -> None:
    for raw in path.read_text().splitlines():
        assert set(json.loads(raw)) == {
            "number",
            "at",
            "actor",
            "action",
            "facts",
            "previous",
            "hash",
        }
