"""Many people from a table: refusals stop nobody else, and a second run goes on."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.errors import RegisterError
from edge.register.bulk import BulkEnrolment, Result, RowResult
from edge.register.database import Register, open_register
from edge.register.enrol import Limits, revoke
from edge.register.people_csv import COLUMNS, MAX_ROWS, PersonRow, read_people
from edge.values import PhotoTemplate
from tests.fakes.registers import EXPIRES, GIVEN_ON, TextReader, add, new_register, photos
from tests.fakes.watchlists import PACK, StillClock


@dataclass
class CountingReader:
    """Reads text photos and remembers which."""

    pack: str = PACK
    read_names: list[str] = field(default_factory=list)

    def read(self, photo: Path) -> PhotoTemplate:
        self.read_names.append(photo.name)
        return TextReader(self.pack).read(photo)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def person(folder: Path, name: str, *texts: str, **other: str) -> dict[str, str]:
    """A row whose photos are three looks of the name unless told."""
    (folder / "form.pdf").write_bytes(b"I agree.")
    looks = texts or tuple(f"{name.casefold()} {number}" for number in (1, 2, 3))
    return {
        "name": name,
        "list": "guests",
        "photos": "|".join(path.name for path in photos(folder, *looks)),
        "consent": "form.pdf",
        "given_by": "self",
        "given_on": str(GIVEN_ON),
        "expires": str(EXPIRES),
        "sites": "hall|gate",
    } | other


def table(folder: Path, *people: dict[str, str]) -> list[PersonRow]:
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(people)
    return read_people(path)


def run(
    register: Register, folder: Path, rows: list[PersonRow], reader: CountingReader | None = None
) -> list[RowResult]:
    return list(BulkEnrolment(register, reader or CountingReader(), folder, Limits()).run(rows))


def results(found: list[RowResult]) -> list[Result]:
    return [one.result for one in found]


def test_each_row_becomes_an_entry(register: Register, tmp_path: Path) -> None:
    rows = table(tmp_path, person(tmp_path, "Ada"), person(tmp_path, "Bob", list="staff"))
    assert results(run(register, tmp_path, rows)) == [Result.ENROLLED] * 2
    ada, bob = sorted(register.enrolments(), key=lambda one: one.name)
    assert (ada.name, ada.list_id, ada.consent.sites) == ("Ada", "guests", ("hall", "gate"))
    assert (bob.name, bob.list_id, len(bob.templates)) == ("Bob", "staff", 3)
    assert "Ada" not in str(register.audit().lines)


def test_a_refused_row_says_why_and_stops_nobody(register: Register, tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        person(tmp_path, "NoList", list="nobody"),
        person(tmp_path, "NoForm", consent=""),
        person(tmp_path, "LostForm", consent="lost.pdf"),
        person(tmp_path, "NoEnd", expires=""),
        person(tmp_path, "BadDay", given_on="31.1.2026"),
        person(tmp_path, "Stranger", given_by="a friend"),
        person(tmp_path, "NoSite", sites=""),
        person(tmp_path, "NoPhoto", photos=""),
        person(tmp_path, "Dark", "dark 1 dark", "nobody"),
        person(tmp_path, "Two", "two 1", "three 1"),
        person(tmp_path, "Lost", photos="lost.jpg"),
        person(tmp_path, "Line\nbreak"),
        person(tmp_path, "Good"),
        person(tmp_path, "Again", "good 4", "good 5"),
        person(tmp_path, "Good"),
    )
    found = run(register, tmp_path, rows)
    said = [
        "no list nobody", "No consent document", "cannot be read", "has no end", "is no day",
        "cannot be given by 'a friend'", "sites .none.", "0 photos were given",
        "None of the 2 photos can be used. dark-1-dark.jpg: Mean brightness 21 is below 40",
        "different people", "None of the 1 photos", "line break", "", "on list guests already",
        "the same as row 14",
    ]  # fmt: skip
    for one, words in zip(found, said, strict=True):
        assert (one.result is Result.ENROLLED) == (not words)
        assert re.search(words, one.problem)
        assert bool(one.remedy) == bool(words)
    assert [one.name for one in register.enrolments()] == ["Good"]


def test_a_second_run_reads_no_photo_again_and_takes_the_mended_rows(
    register: Register, tmp_path: Path
) -> None:
    people = [person(tmp_path, "Ada"), person(tmp_path, "Bob", list="nobody")]
    run(register, tmp_path, table(tmp_path, *people))
    people[1]["list"] = "guests"
    reader = CountingReader()
    found = run(register, tmp_path, table(tmp_path, *people, person(tmp_path, "Cid")), reader)
    assert results(found) == [Result.BEFORE, Result.ENROLLED, Result.ENROLLED]
    assert not [name for name in reader.read_names if name.startswith("ada")]


def test_a_row_whose_person_withdrew_since_is_not_enrolled_again(
    register: Register, tmp_path: Path
) -> None:
    rows = table(tmp_path, person(tmp_path, "Ada"), person(tmp_path, "Bob"))
    run(register, tmp_path, rows)
    ada = next(one for one in register.enrolments() if one.name == "Ada")
    revoke(register, ada.entry_id, "withdrawn")
    found = run(register, tmp_path, rows)
    assert results(found) == [Result.REFUSED, Result.BEFORE]
    assert f"revoked since (entry {ada.entry_id})" in found[0].problem


def test_an_audit_line_whose_enrolment_a_power_cut_undid_does_not_count_as_done(
    register: Register, tmp_path: Path
) -> None:
    rows = table(tmp_path, person(tmp_path, "Ada"))
    run(register, tmp_path, rows)
    with register.change():  # as after a cut between the line and the commit
        register.run("DELETE FROM entries")
    assert results(run(register, tmp_path, rows)) == [Result.ENROLLED]


def test_few_photos_and_a_person_of_another_list_are_pointed_out(
    register: Register, tmp_path: Path
) -> None:
    first = add(register, tmp_path, "Ada", list_id="staff")
    (one,) = run(register, tmp_path, table(tmp_path, person(tmp_path, "Ada", "ada 4", "ada 5")))
    assert one.result is Result.ENROLLED
    assert "2 usable photos." in one.problem
    assert f"Taken for the person of entry {first.entry_id}" in one.problem


def test_a_consent_document_of_several_people_is_pointed_out(
    register: Register, tmp_path: Path
) -> None:
    (tmp_path / "own.pdf").write_bytes(b"I, Cid, agree.")
    rows = table(
        tmp_path,
        person(tmp_path, "Ada"),
        person(tmp_path, "Bob"),
        person(tmp_path, "Cid", consent="own.pdf"),
    )
    ada, bob, cid = run(register, tmp_path, rows)
    assert (ada.problem, cid.problem) == ("", "")
    assert "same consent document" in bob.problem
    assert results([ada, bob, cid]) == [Result.ENROLLED] * 3


def test_somebody_enrolled_by_another_program_meanwhile_is_found(
    register: Register, tmp_path: Path
) -> None:
    rows = table(tmp_path, *(person(tmp_path, name) for name in ("Ada", "Bob", "Cid")))
    steps = BulkEnrolment(register, CountingReader(), tmp_path, Limits()).run(rows)
    assert next(steps).result is Result.ENROLLED
    with closing(open_register(register.folder, StillClock(), "otto")) as other:
        add(other, tmp_path, "Cid")
    found = list(steps)
    assert results(found) == [Result.ENROLLED, Result.REFUSED]
    assert "on list guests already" in found[1].problem


def test_another_pack_is_told_before_any_photo_is_read(register: Register, tmp_path: Path) -> None:
    add(register, tmp_path, "Ada")
    reader = CountingReader(pack="other@1.0")
    with pytest.raises(RegisterError, match="pack"):
        run(register, tmp_path, table(tmp_path, person(tmp_path, "Bob")), reader)
    assert reader.read_names == []


HEAD = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "lacks the columns name"),
        (HEAD.encode(), "has no rows"),
        (HEAD.replace("sites", "site").encode(), "lacks the columns sites"),
        (f"{HEAD},age\n".encode(), "unknown columns"),
        (f"{HEAD},name\n".encode(), "twice"),
        (f'{HEAD}\n"open'.encode(), "no CSV file near line 2"),
        (f"{HEAD}\n\xff".encode("latin-1"), "not UTF-8"),
        (f"{HEAD}\n{'x' * 200_000}".encode(), "no CSV file"),
        (f"{HEAD}\n{'a,b,c,d,e,f,g,h' + chr(10)}".encode() * 3, ""),
        (HEAD.encode() + b"\na" * (MAX_ROWS + 1), "more than 100000 rows"),
        (b"x" * (32 * 1024 * 1024 + 1), "more than 33554432 bytes"),
    ],
    ids=range(11),
)
def test_a_file_of_another_shape_is_refused_whole(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    if not said:
        assert len(read_people(path)) == 5
        return
    with pytest.raises(RegisterError, match=said):
        read_people(path)


def test_semicolons_a_byte_order_mark_blank_rows_and_a_reports_columns_are_taken(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    head = ";".join(("row", "result", "problem", "remedy", *reversed(COLUMNS)))
    path.write_bytes(b"\xef\xbb\xbf" + f"{head}\r\n;;;\r\n1;;;;h;g;f;e;d;c|k;b; a \r\n".encode())
    (row,) = read_people(path)
    assert (row.number, row.cells) == (3, ("a", "b", "c|k", "d", "e", "f", "g", "h"))
    assert row.several("photos") == ["c", "k"]


def test_a_row_of_another_length_or_with_a_huge_cell_is_handed_on_with_its_problem(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{HEAD}\na,b\n{'x' * 9000},b,c,d,e,f,g,h\n\0,b,c,d,e,f,g,h\n")
    found = [row.problem for row in read_people(path)]
    assert all(
        words in said for words, said in zip(("2 cells", "8192", "sign"), found, strict=True)
    )
