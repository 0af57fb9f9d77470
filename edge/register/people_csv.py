"""The table of people for a bulk enrolment: a CSV file with one person on one list a row.

    name,list,photos,consent,given_by,given_on,expires,sites
    Ada L.,guests,ada/1.jpg|ada/2.jpg|ada/3.jpg,forms/ada.pdf,self,2026-01-31,2027-01-31,*

UTF-8, with a first row of column names in any order; commas, or semicolons as some spreadsheet
programs write them. ``photos`` and ``sites`` hold several values with ``|`` between them. Paths
are relative to the file's own folder. The columns that a report adds are ignored, so a mended
report can be given again.

In: a file. Out: its rows as texts; what they mean is ``bulk.py``'s matter. Always: a file of
another shape is refused whole; a row of another shape is handed on with its problem.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.errors import RegisterError

COLUMNS = ("name", "list", "photos", "consent", "given_by", "given_on", "expires", "sites")
NOTES = ("row", "result", "problem", "remedy")
SEPARATOR = "|"
MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_ROWS = 100_000
MAX_CELL = 8 * 1024


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row.

    Attributes:
        number: as a spreadsheet counts: the column names are row 1.
        cells: texts by column, without white space around them; empty where the row ended.
        problem: what is wrong with the row's shape, or empty.
    """

    number: int
    cells: tuple[str, ...]
    problem: str = ""

    def __getitem__(self, column: str) -> str:
        return self.cells[COLUMNS.index(column)]

    def several(self, column: str) -> list[str]:
        """The values of a column that holds several."""
        return [part.strip() for part in self[column].split(SEPARATOR) if part.strip()]


def read_people(path: Path) -> list[PersonRow]:
    """Read the table.

    Raises:
        RegisterError: the file cannot be read, is too large, has other columns or no rows.
    """
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    try:
        # strict: a stray quote is an error instead of a guess.
        records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        order = _order(next(records, []), path)
        rows = list(_rows(records, order, path))
    except csv.Error as error:
        raise RegisterError(
            f"{path} is no CSV file near line {records.line_num} ({error}).",
            "Check the quotes there, and save it again as CSV in UTF-8.",
        ) from error
    if not rows:
        raise RegisterError(
            f"{path} has no rows.", "Write one person a row under the column names."
        )
    return rows


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise RegisterError(
                f"{path} has more than {MAX_FILE_BYTES} bytes.", "Split it into several files."
            )
        return data.decode("utf-8-sig")
    except OSError as error:
        raise RegisterError(
            f"{path} cannot be read ({error.strerror}).", "Check its path and rights."
        ) from error
    except UnicodeDecodeError as error:
        raise RegisterError(
            f"{path} is not UTF-8 text (byte {error.start}).", "Save it as CSV in UTF-8."
        ) from error


def _order(names: list[str], path: Path) -> dict[str, int]:
    found = [name.strip().lower() for name in names]
    missing = [name for name in COLUMNS if name not in found]
    unknown = [name for name in found if name not in COLUMNS + NOTES]
    if missing or unknown or len(set(found)) != len(found):
        said = (
            f"lacks the columns {', '.join(missing)}"
            if missing
            else f"has unknown columns or a column twice: {', '.join(unknown or found)[:200]}"
        )
        raise RegisterError(
            f"{path} {said}.", f"Its first row must name the columns {','.join(COLUMNS)}."
        )
    return {name: found.index(name) for name in found}


def _rows(records: Iterator[list[str]], order: dict[str, int], path: Path) -> Iterator[PersonRow]:
    for number, record in enumerate(records, start=2):
        if number > MAX_ROWS + 1:
            raise RegisterError(f"{path} has more than {MAX_ROWS} rows.", "Split it.")
        if not any(cell.strip() for cell in record):
            continue
        problem = ""
        if len(record) != len(order):
            problem = f"The row has {len(record)} cells; the file has {len(order)} columns."
        elif max(map(len, record)) > MAX_CELL:
            problem = f"A cell has more than {MAX_CELL} characters."
        elif not all(cell.isprintable() for cell in record):
            problem = "A cell holds a line break or another sign that cannot be printed."
        padded = [*record, *[""] * len(order)]
        cells = tuple(padded[order[name]].strip()[:MAX_CELL] for name in COLUMNS)
        yield PersonRow(number, cells, problem)
