"""What a box costs when nothing happens, how soon it sees, and how soon it sees again.

The real ``watchpost run`` plays the bundled clip in a loop as a camera would, with a list of N
drawn people, a real mosquitto and a repository in a folder: memory of the three processes (PSS, so
that shared pages count once), bytes written while idle, starts to the first frame with all
programs already in memory, and for each of ``--hangs`` tries the time from SIGSTOP of the
recogniser to its next processed frame.

Idle: nobody on the list passes and the repository offers nothing new. What counts is
``write_bytes`` of /proc/PID/io, extrapolated to a day: the kernel adds a page there when a process
makes one dirty that a disk keeps (proc(5)). Writes to a file system in memory are not in it; the
state folder must be on a disk and the run folder in memory, as on a box, and that is checked.
``--idle`` should cover a few looks at the repository, one in five minutes.

``python -m benchmarks.upkeep --json [--people N] [--starts N] [--hangs N] [--idle S]``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.sync import Publisher, drawn_people
from benchmarks.telling import tell
from edge.bench import faces
from edge.compose import box as composed
from edge.demo.box import BoxPlan, DemoBox
from edge.demo.broker import start_broker
from edge.demo.truth import clip
from edge.processes.supervisor import PROCESSES
from edge.runtime.ram_folder import is_in_ram
from edge.runtime.service import STEADY_S
from edge.runtime.settings import load_settings

PATIENCE_S = 180.0
DAY_S = 86_400.0
SETTLE_S = 20.0  # until what a start allocates has been given back
RAM = Path("/dev/shm")  # noqa: S108 - a temporary folder is made in it


def measure(people: int, starts: int, hangs: int, idle_s: float) -> dict[str, float]:
    """All figures of one box.

    Raises:
        RuntimeError: the folder for temporary files lies in memory, or /dev/shm does not.
    """
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir=RAM) as run:
        folder = Path(name)
        if is_in_ram(folder) or not is_in_ram(Path(run)):
            raise RuntimeError("set TMPDIR to a folder on a disk; /dev/shm must be in memory")
        pack = composed.load("default").ref
        publisher = Publisher(folder, pack)
        listed = drawn_people(people, np.random.default_rng(4), pack)
        publisher.publish(faces.segments(listed))
        broker = start_broker(folder)
        box = _box(folder, Path(run), publisher, broker.port)
        try:
            return _starts(box, people, starts) | _idle(box, idle_s) | _hangs(box, hangs)
        finally:
            box.stop()
            broker.stop()
            publisher.register.close()


def _starts(box: DemoBox, people: int, count: int) -> dict[str, float]:
    """Start so many times; the box goes on running, with its list."""
    box.start("run")
    _until(lambda: _figure(box, "recognise", "watchlist_people") >= people)
    times_s, list_s = [], 0.0
    for _ in range(count):
        box.stop()  # the list is on the box now: this start is what an ordinary one is
        begin_s = time.monotonic()
        box.start("run")
        _until(lambda: _frames(box) > 0)
        times_s.append(time.monotonic() - begin_s)
        _until(lambda: _figure(box, "recognise", "watchlist_people") >= people)
        list_s = time.monotonic() - begin_s
    return {
        "people": float(people),
        "starts": float(count),
        "start_to_first_frame_median_s": float(np.median(times_s)),
        "start_to_first_frame_worst_s": max(times_s),
        "start_to_list_s": list_s,
    }


def _idle(box: DemoBox, idle_s: float) -> dict[str, float]:
    """Memory, and what is written while nothing happens."""
    time.sleep(SETTLE_S)
    found = {f"{process}_pss_bytes": float(_pss_bytes(box, process)) for process in PROCESSES}
    found["all_pss_bytes"] = sum(found.values())
    before = {process: _written_bytes(box, process) for process in PROCESSES}
    time.sleep(idle_s)
    per_day = {
        f"{process}_idle_bytes_per_day": (_written_bytes(box, process) - before[process])
        / idle_s
        * DAY_S
        for process in PROCESSES
    }
    return found | per_day | {"idle_s": idle_s, "idle_bytes_per_day": sum(per_day.values())}


def _hangs(box: DemoBox, count: int) -> dict[str, float]:
    times_s = []
    for _ in range(count):
        time.sleep(STEADY_S + 2)
        times_s.append(hang_once(box))
    if not times_s:
        return {}
    return {
        "hangs": float(count),
        "hang_to_frame_median_s": float(np.median(times_s)),
        "hang_to_frame_worst_s": max(times_s),
        "hangs_within_10_s": float(sum(one <= 10 for one in times_s)),
    }


def hang_once(box: DemoBox) -> float:
    """Freeze the recogniser; seconds until another one has processed a frame."""
    state = box.state("recognise")
    if state is None:
        raise RuntimeError("the recogniser has not reported")
    begin_s = time.monotonic()
    os.kill(state.pid, signal.SIGSTOP)
    _until(lambda: _frames(box, unlike=state.pid) > 0)
    return time.monotonic() - begin_s


def _box(folder: Path, run_dir: Path, publisher: Publisher, port: int) -> DemoBox:
    plan = BoxPlan(
        folder=folder / "box",
        source=str(clip().path),
        pace="real-time",
        repository=publisher.repository,
        root=publisher.root,
        broker_port=port,
        site="demo",
    )
    box = DemoBox(plan)
    text = box.config.read_text().replace("[camera]\n", "[camera]\nloop = true\n")
    text = text.replace('refresh = "1s"', 'refresh = "5m"')
    # As on a box, what the processes say of themselves lies in RAM.
    box.config.write_text(text.replace('run_dir = "run"', f"run_dir = {json.dumps(str(run_dir))}"))
    box.settings = load_settings(box.config, {})
    return box


def _until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > until_s:
            raise TimeoutError("the box did not get there")
        time.sleep(0.02)


def _figure(box: DemoBox, process: str, name: str) -> float:
    state = box.state(process)
    return state.figures.get(name, 0.0) if state else 0.0


def _frames(box: DemoBox, *, unlike: int = 0) -> float:
    """Frames that a process other than ``unlike``, still running, has processed."""
    state = box.state("recognise")
    if state is None or state.pid == unlike or not Path(f"/proc/{state.pid}").exists():
        return 0.0
    return state.figures.get("frames_total", 0.0)


def _pid(box: DemoBox, process: str) -> int:
    state = box.state(process)
    if state is None:
        raise RuntimeError(f"{process} has not reported")
    return state.pid


def _pss_bytes(box: DemoBox, process: str) -> int:
    text = Path(f"/proc/{_pid(box, process)}/smaps_rollup").read_text()
    return next(int(line.split()[1]) * 1024 for line in text.splitlines() if "Pss:" in line)


def _written_bytes(box: DemoBox, process: str) -> int:
    text = Path(f"/proc/{_pid(box, process)}/io").read_text()
    return next(int(n.split()[1]) for n in text.splitlines() if n.startswith("write_bytes"))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--hangs", type=int, default=5)
    parser.add_argument("--idle", type=float, default=1200.0, metavar="SECONDS")
    args = parser.parse_args()
    tell(measure(args.people, args.starts, args.hangs, args.idle), as_json=args.json)


if __name__ == "__main__":
    main()
