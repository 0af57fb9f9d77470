"""Memory of a gallery, and the time from a sealed file to its first answer, in a fresh process.

The file is a stand-in for the segments of a later release: the columns of a list as one NumPy
archive, sealed with AES-256-GCM. The child's clock starts before the file is opened; Python
and its libraries are loaded by then. Memory is what the process holds more than before.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.runtime.clock import SystemClock
from edge.runtime.memory import give_back
from edge.values import Floats
from edge.watchlist.gallery import Gallery
from edge.watchlist.names import Names
from edge.watchlist.table import Enrolled, EntryTable

_KEY = bytes(32)  # of a file that exists for a minute and holds random numbers
_NONCE = bytes(12)


def measure(table: EntryTable, probe: Floats) -> dict[str, float]:
    """Seconds and bytes of a process that loads this list and answers this probe."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.sealed"
        path.write_bytes(AESGCM(_KEY).encrypt(_NONCE, _packed(table), None))
        np.save(Path(folder) / "probe.npy", probe)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.search_process", folder],
            check=True,
            capture_output=True,
            text=True,
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _packed(table: EntryTable) -> bytes:
    archive = io.BytesIO()
    enrolled = table.enrolled
    np.savez(
        archive,
        ends_us=enrolled.ends_us,
        first_entry=enrolled.first_entry,
        person_ids=np.frombuffer(enrolled.person_ids.block, np.uint8),
        entry_ids=np.frombuffer(enrolled.entry_ids.block, np.uint8),
        list_of_entry=enrolled.list_of_entry,
        templates=table.templates,
        first_row=table.first_row,
        scope_of_entry=table.scope_of_entry,
    )
    return archive.getvalue()


def _unpacked(data: bytes) -> EntryTable:
    columns = np.load(io.BytesIO(data))
    enrolled = Enrolled(
        ends_us=columns["ends_us"],
        first_entry=columns["first_entry"],
        person_ids=Names.of_uuids(columns["person_ids"].tobytes()),
        entry_ids=Names.of_uuids(columns["entry_ids"].tobytes()),
        labels=None,
        lists=("all",),
        list_of_entry=columns["list_of_entry"],
    )
    first_row, scopes = columns["first_row"], columns["scope_of_entry"]
    return EntryTable(1, "bench@1", enrolled, columns["templates"], first_row, (("*",),), scopes)


def _load(path: Path, probe: Floats) -> tuple[Gallery, int]:
    gallery = Gallery("here", SystemClock(trust_system=True))
    table = _unpacked(AESGCM(_KEY).decrypt(_NONCE, path.read_bytes(), None))
    gallery.activate_table(table)
    if not gallery.search(probe)[0]:
        raise RuntimeError("the gallery gave no answer")
    return gallery, table.templates.nbytes


def _status_bytes(name: str) -> int:
    """A figure of this process's memory: what it holds now (VmRSS) or held at most (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel tells no {name}")


def _run(folder: Path) -> dict[str, float]:
    probe = np.load(folder / "probe.npy")
    before = _status_bytes("VmRSS")
    begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
    gallery, raw = _load(folder / "list.sealed", probe)
    taken_s, taken_cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
    give_back()
    for _ in range(3):
        gallery.search(np.repeat(probe, 16, axis=0))
    return {
        "sealed_file_to_answer_s": taken_s,
        "sealed_file_to_answer_cpu_s": taken_cpu_s,
        "memory_to_raw": (_status_bytes("VmRSS") - before) / raw,
        "peak_memory_to_raw": (_status_bytes("VmHWM") - before) / raw,
    }


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]))))
