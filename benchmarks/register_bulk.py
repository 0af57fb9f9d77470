"""Enrolling many people from a table: rows a second, memory, and what a second run costs.

    python -m benchmarks.register_bulk [ROWS] [--json]

The reader makes a template of a photo's name instead of running the models, so that what is
measured is the register: the table, the search before each enrolment, the database, the audit
log and the consent documents, each enrolment on the medium before the next one begins.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import tempfile
import time
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from edge.register.bulk import BulkEnrolment, Result
from edge.register.database import Register, create_register
from edge.register.enrol import Limits, add_list
from edge.register.keys import Secrets
from edge.register.people_csv import COLUMNS, read_people
from edge.runtime.clock import SystemClock
from edge.values import Floats, ListInfo, PhotoTemplate, Quality

DIMENSIONS = 128
PHOTOS = 3


class NameReader:
    """Makes a template of a photo's name: ``12-0.jpg`` and ``12-1.jpg`` are one person."""

    pack = "benchmark@1"

    def read(self, photo: Path) -> PhotoTemplate:
        """A template that is near those of the same person's other photos."""
        base = _normal(photo.name.partition("-")[0]) + 0.18 * _normal(photo.name)
        unit = (base / np.linalg.norm(base)).astype(np.float32)
        return PhotoTemplate(unit, Quality(90.0, 0.5, 120.0, 40.0, 0.0, 0.0, 1.0))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=10_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = measure(Path(name), args.rows)
    if args.json:
        print(json.dumps(figures, indent=2))
    else:
        for key, value in figures.items():
            print(f"{key}: {value:.3f}")
    return 0


def measure(folder: Path, rows: int) -> dict[str, float]:
    """Enrol a table of people twice."""
    _write_table(folder, rows)
    clock = SystemClock(trust_system=True)
    with closing(
        create_register(folder / "register", Secrets(None), clock, "benchmark")
    ) as register:
        add_list(register, ListInfo("guests", "Greet our guests."))
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times_s = [0.0, *_run(register, folder, Result.ENROLLED)]
        tenth = max(1, rows // 10)
        after_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began_s = time.perf_counter()
        _run(register, folder, Result.BEFORE)
        again_s = time.perf_counter() - began_s
        began_s = time.perf_counter()
        held = len(register.enrolments())
        read_s = time.perf_counter() - began_s
    if held != rows:
        sys.exit(f"{held} of {rows} rows were enrolled.")
    return {
        "rows": float(rows),
        "first_run_s": times_s[-1],
        "first_tenth_ms_a_row": 1000 * times_s[tenth] / tenth,
        "last_tenth_ms_a_row": 1000 * (times_s[-1] - times_s[-1 - tenth]) / tenth,
        "second_run_s": again_s,
        "read_all_s": read_s,
        "peak_rss_mib": after_kib / 1024,
        "grown_rss_mib": (after_kib - before_kib) / 1024,
    }


def _run(register: Register, folder: Path, expected: Result) -> list[float]:
    rows = read_people(folder / "people.csv")
    began_s = time.perf_counter()
    times_s = []
    for result in BulkEnrolment(register, NameReader(), folder, Limits()).run(rows):
        if result.result is not expected:
            sys.exit(f"Row {result.row.number}: {result.result} {result.problem}")
        times_s.append(time.perf_counter() - began_s)
    return times_s


def _write_table(folder: Path, rows: int) -> None:
    (folder / "form.pdf").write_bytes(b"I agree.")
    today = datetime.now(UTC).date()
    days = (str(today - timedelta(days=7)), str(today + timedelta(days=300)))
    with (folder / "people.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            names = [f"{number}-{look}.jpg" for look in range(PHOTOS)]
            for name in names:
                (folder / name).write_text(name)
            cells = (f"Person {number}", "guests", "|".join(names), "form.pdf", "self", *days, "*")
            writer.writerow(cells)


def _normal(text: str) -> Floats:
    rng = np.random.default_rng(zlib.crc32(text.encode()))
    return rng.standard_normal(DIMENSIONS, dtype=np.float32)


if __name__ == "__main__":
    sys.exit(main())
