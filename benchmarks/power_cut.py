"""What a power cut leaves of a spool: each file as it was when it was last flushed.

A VFS is put before SQLite's own, in the library that Python's ``sqlite3`` uses. It passes
everything on and, after each flush (``xSync``), copies the file into a second folder: that folder
holds what a medium certainly holds, for all writes since are dropped. (SQLite, "The SQLite OS
Interface or VFS"; ``struct sqlite3_vfs`` and ``sqlite3_io_methods`` of sqlite3.h.)

Rounds of the real spool writer (synchronous=FULL) and of one that does not flush
(synchronous=OFF) must lose nothing and something.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

from benchmarks.delivery_recorder import make_hit
from edge.report.spool import Bounds, SpoolView, SpoolWriter

_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,  # the name's own address: SQLite keeps it, a copy would not last
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_int),
)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    """``struct sqlite3_vfs``, version 3."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_bytes", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("others", ctypes.c_void_p * 17),
    )


class _Methods(ctypes.Structure):
    """``struct sqlite3_io_methods``, version 3; ``sync`` is the fifth function."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("before", ctypes.c_void_p * 4),
        ("sync", ctypes.c_void_p),
        ("others", ctypes.c_void_p * 13),
    )


class FlushedCopies:
    """Keeps, of each file SQLite opens in one folder, a copy as it was last flushed.

    One for each process, and as long as the process: SQLite goes on calling it.

    Attributes:
        watched: the folder whose files are copied.
        flushed: where the copies go.
    """

    def __init__(self) -> None:
        self.watched = self.flushed = Path()
        library = ctypes.CDLL("libsqlite3.so.0")
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        usual = library.sqlite3_vfs_find(None).contents
        self._usual_open = _OPEN(usual.open)
        self._paths: dict[int, Path] = {}
        self._syncs: dict[int, ctypes._CFunctionType] = {}
        self._replaced: dict[int, _Methods] = {}
        self._open_function = _OPEN(self._open)
        self._sync_function = _SYNC(self._sync)
        self._vfs = _Vfs.from_buffer_copy(usual)
        self._vfs.name = b"flushed-copies"
        self._vfs.open = ctypes.cast(self._open_function, ctypes.c_void_p)
        library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)

    def forget_deleted(self) -> None:
        """Drop copies of files that SQLite has deleted, which it flushes folders for."""
        for copy in self.flushed.iterdir():
            if not (self.watched / copy.name).exists():
                copy.unlink()

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: object) -> int:
        code = int(self._usual_open(vfs, name, file, flags, out))
        methods = ctypes.c_void_p.from_address(file)  # the file's first field
        if code == 0 and name and methods.value:
            self._paths[file] = Path(ctypes.string_at(name).decode())
            methods.value = ctypes.addressof(self._with_our_sync(methods.value))
        return code

    def _with_our_sync(self, address: int) -> _Methods:
        if address not in self._replaced:
            copied = _Methods.from_buffer_copy(_Methods.from_address(address))
            usual = _SYNC(copied.sync)
            copied.sync = ctypes.cast(self._sync_function, ctypes.c_void_p)
            self._replaced[address] = copied
            self._syncs[ctypes.addressof(copied)] = usual
        return self._replaced[address]

    def _sync(self, file: int, flags: int) -> int:
        methods = ctypes.c_void_p.from_address(file).value
        code = int(self._syncs[methods or 0](file, flags))
        path = self._paths[file]
        if code == 0 and path.parent == self.watched:
            shutil.copyfile(path, self.flushed / path.name)
        return code


class CarelessWriter(SpoolWriter):
    """The spool's writer with the flushes left out: what must lose hits."""

    def _open_checked(self) -> sqlite3.Connection:
        connection = super()._open_checked()
        connection.execute("PRAGMA synchronous = OFF")
        return connection


def lost_in_cuts(
    copies: FlushedCopies, writer_type: type[SpoolWriter], cuts: int, seed: int
) -> tuple[int, int]:
    """Recorded hits, and how many of them a power cut after each round took."""
    chance = random.Random(seed)
    recorded = lost = 0
    with tempfile.TemporaryDirectory(prefix="watchpost-cut-") as folder:
        watched, flushed = Path(folder) / "disk", Path(folder) / "medium"
        watched.mkdir()
        for number in range(cuts):
            copies.watched, copies.flushed = watched / str(number), flushed / str(number)
            copies.watched.mkdir()
            copies.flushed.mkdir(parents=True)
            spool = copies.watched / "spool.db"
            SpoolWriter(spool, Bounds()).close()
            ids = _record(writer_type(spool, Bounds()), chance.randrange(1, 60))
            copies.forget_deleted()
            recorded += len(ids)
            lost += len(ids - _survivors(copies.flushed / "spool.db"))
    return recorded, lost


def _record(writer: SpoolWriter, count: int) -> set[str]:
    """Record hits; the writer is left open, as the cut would find it."""
    hits = [make_hit("site-1", "box-1", number) for number in range(count)]
    for hit in hits:
        writer.append(hit)
    return {hit.hit_id for hit in hits}


def _survivors(spool: Path) -> set[str]:
    """Ids in what the medium holds; a spool that was never flushed holds none."""
    if not spool.exists():
        return set()
    SpoolWriter(spool, Bounds()).open()  # as the next start would
    return {one.hit.hit_id for one in SpoolView(spool).recent(1000)}


def main() -> None:
    """Run both arms."""
    parser = argparse.ArgumentParser(description="power cuts of the spool, simulated")
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    copies = FlushedCopies()
    recorded, lost = lost_in_cuts(copies, SpoolWriter, args.cuts, args.seed)
    control_recorded, control_lost = lost_in_cuts(copies, CarelessWriter, args.cuts, args.seed)
    result = {
        "cuts": args.cuts,
        "recorded": recorded,
        "lost": lost,
        "control_recorded": control_recorded,
        "control_lost": control_lost,
    }
    print(json.dumps(result) if args.json else result)


if __name__ == "__main__":
    main()
