"""``watchpost register add --csv``: many people from a table, and what all of ``add`` shares.

In: parsed options. Out: a progress bar, a report file (CSV) of the rows to look at, an exit
code that says whether rows were refused. Always: an interrupted run goes on where it was when
the same command is given again.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from edge.cli import register_commands as run
from edge.cli.config import settings_of
from edge.cli.progress import ProgressBar
from edge.errors import RegisterError
from edge.register.bulk import BulkEnrolment, Result, RowResult
from edge.register.enrol import Limits
from edge.register.kept_photos import open_safe
from edge.register.people_csv import COLUMNS, NOTES, read_people

REFUSED = RegisterError.exit_code
_ONE = ("name", "list_id", "photo", "given_by", "given_on", "site")
_ONLY_ONE = (*_ONE, "consent", "expires", "new_person")


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of a bulk enrolment and of kept photos to ``add``."""
    bulk = command.add_argument_group("many people from a table, instead of --name and so on")
    bulk.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help=f"columns: {','.join(COLUMNS)}; several photos or sites with | between them; paths "
        "relative to the file; run it again after an interruption",
    )
    bulk.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="rows refused and why, as CSV; default: people.report.csv beside people.csv",
    )
    command.add_argument(
        "--keep-photos",
        action="store_true",
        help="keep the usable photos, encrypted with the register's passphrase, until revoked",
    )


def run_add(
    args: argparse.Namespace, make_reader: run.MakeReader, command: argparse.ArgumentParser
) -> int:
    """Enrol one person or the people of a table."""
    if args.csv is None:
        missing = [_option(name) for name in _ONE if getattr(args, name) is None]
        if missing or args.report:
            command.error(
                f"needed: {', '.join(missing)}, or --csv" if missing else "--report needs --csv"
            )
        return run.run_add(args, make_reader)
    if clashing := [_option(name) for name in _ONLY_ONE if getattr(args, name)]:
        command.error(f"not with --csv: {', '.join(clashing)}")
    return _run_bulk(args, make_reader)


def _run_bulk(args: argparse.Namespace, make_reader: run.MakeReader) -> int:
    rows = read_people(args.csv)
    report = args.report or args.csv.with_suffix(".report.csv")
    if report.resolve() == args.csv.resolve():
        raise RegisterError("The report would replace the table.", "Give another --report.")
    counts: Counter[Result] = Counter()
    with run.opened(args) as register, _report(report) as write:
        bulk = BulkEnrolment(
            register,
            make_reader(settings_of(args)),
            args.csv.absolute().parent,
            Limits(args.same_person, args.enrolled),
            open_safe(register, run.passphrase_of(args)) if args.keep_photos else None,
        )
        bar = ProgressBar(len(rows), sys.stderr)
        try:
            for result in bulk.run(rows):
                counts[result.result] += 1
                write(result)
                bar.step(f"{counts[Result.REFUSED]} refused")
        finally:
            bar.end()
    print(
        f"Rows: {len(rows)}. Enrolled {counts[Result.ENROLLED]}, enrolled before "
        f"{counts[Result.BEFORE]}, refused {counts[Result.REFUSED]}. Report: {report}"
    )
    return REFUSED if counts[Result.REFUSED] else 0


@contextmanager
def _report(path: Path) -> Iterator[Any]:
    """Writes results to a file that its owner alone can read; it holds names."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise RegisterError(
            f"The report {path} cannot be written ({error.strerror}).", "Give another --report."
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*NOTES, *COLUMNS))
        yield lambda result: _write(writer, file, result)


def _write(writer: Any, file: TextIO, result: RowResult) -> None:
    if result.problem:
        notes = (result.row.number, result.result.value, result.problem, result.remedy)
        writer.writerow((*notes, *result.row.cells))
        file.flush()


def _option(name: str) -> str:
    return "--" + name.removesuffix("_id").replace("_", "-")
