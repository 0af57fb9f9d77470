"""A box comes back with a large backlog: memory, throughput, and the delay of new hits meanwhile.

    python -m benchmarks.backlog [--json] [--hits N | --full]

Real mosquitto, the report process as the box runs it, a listener in a process of its own. The
backlog lies on the disk before the report process is connected; then live hits are recorded
while it drains, each followed by one ``fdatasync`` of a file beside the spool. Before and after,
plain paho publishes messages of the same size to the same broker with QoS 1, with live messages
of its own in between.

``rss_growth_mib``: the report process's highest memory in the drain, over that before it.
``drain_ratio_to_paho``: rows a second of the drain, by messages a second of plain paho.
``live_p99_ms``: from before a live hit is recorded to the listener, in the drain;
``raw_p99_ms``: from before a plain message is published to the listener, during plain paho's run;
``raw_idle_p99_ms``: the same while nothing else is sent; ``fdatasync_ms``: median, in the drain.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from benchmarks.telling import tell
from edge.bench.spool import hits
from edge.demo.broker import start_broker
from edge.report.messages import hit_event
from edge.report.spool import Bounds, SpoolView, SpoolWriter
from edge.report.spool_rows import hit_draft
from edge.report.topics import hit_topic
from edge.runtime.state_file import read_state

SITE, BOX = "site-1", "box-1"
TOPIC = hit_topic(SITE, BOX)
LIVE, END = b"live-", b"end-of-run"
LIVE_EVERY_S = 0.02
RAW_MESSAGES = 20_000
IDLE_MESSAGES = 300
GROUP = 1000
SETTINGS = """
[box]
site = "{site}"
id = "{box}"
state_dir = "{folder}"
run_dir = "{folder}"
[mqtt]
host = "127.0.0.1"
port = {port}
reconnect_max = "1s"
[spool]
drain_per_s = 100000
max_rows = 100000000
[clock]
trust = "system"
"""


def measure(folder: Path, count: int) -> dict[str, float]:
    """The whole run; see the module."""
    broker = start_broker(folder)
    try:
        with listening(broker.port, folder / "raw") as raw:
            before = plain_paho(broker.port, "before")
            idle = plain_paho(broker.port, "idle", IDLE_MESSAGES, flood=False)
            fill(folder / "spool.db", count)
            drained = drain(folder, broker.port, count)
            after = plain_paho(broker.port, "after")
            finish(broker.port, raw)
    finally:
        broker.stop()
    arrivals = json.loads((folder / "raw").read_text())
    raw_rate = statistics.mean((before.rate, after.rate))
    busy = before.begun | after.begun
    return {
        "hits": float(count),
        "rss_growth_mib": drained.rss_growth_mib,
        "drain_per_s": count / drained.seconds,
        "paho_per_s": raw_rate,
        "drain_ratio_to_paho": count / drained.seconds / raw_rate,
        "live_hits": float(len(drained.begun)),
        "live_missing": float(sum(one not in arrivals for one in drained.begun)),
        "live_p50_ms": percentile_ms(drained.begun, arrivals, 50),
        "live_p99_ms": percentile_ms(drained.begun, arrivals, 99),
        "raw_p50_ms": percentile_ms(busy, arrivals, 50),
        "raw_p99_ms": percentile_ms(busy, arrivals, 99),
        "raw_idle_p99_ms": percentile_ms(idle.begun, arrivals, 99),
        "fdatasync_ms": 1000 * statistics.median(drained.flushes_s),
        "fdatasync_p99_ms": 1000 * statistics.quantiles(drained.flushes_s, n=100)[98],
        "live_bound_ms": percentile_ms(busy, arrivals, 99)
        + 3000 * statistics.median(drained.flushes_s),
    }


def percentile_ms(begun: dict[str, float], arrivals: dict[str, float], share: int) -> float:
    """A percentile of the delays of those that arrived."""
    delays = [arrivals[one] - begin for one, begin in begun.items() if one in arrivals]
    return 1000 * statistics.quantiles(delays, n=100)[share - 1]


def fill(spool: Path, count: int) -> None:
    """Record a backlog."""
    make, writer = hits(), SpoolWriter(spool, Bounds(max_rows=10**8))
    for begin in range(0, count, GROUP):
        size = min(GROUP, count - begin)
        writer.append_drafts([hit_draft(make()) for _ in range(size)])
    writer.close()


class Drained:
    """What came of a drain."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.flushes_s: list[float] = []
        self.seconds = self.rss_growth_mib = 0.0


def drain(folder: Path, port: int, count: int) -> Drained:
    """Run the report process until the backlog is gone, and record live hits beside it."""
    found, config = Drained(), folder / "watchpost.toml"
    config.write_text(SETTINGS.format(site=SITE, box=BOX, folder=folder, port=port))
    command = [sys.executable, "-m", "edge.cli.main", "report", "--config", str(config)]
    reporter = subprocess.Popen(command)
    try:
        wait_for_figure(folder, "connected", 1)
        rss_before = memory_mib(reporter.pid, "VmRSS")
        begin_s = time.perf_counter()
        record_live(folder, found, count)
        found.seconds = time.perf_counter() - begin_s
        found.rss_growth_mib = memory_mib(reporter.pid, "VmHWM") - rss_before
    finally:
        reporter.terminate()
        reporter.wait(20)
    return found


def record_live(folder: Path, found: Drained, count: int) -> None:
    """Record live hits, a flush after each, until the rest of the spool is acknowledged."""
    make, view = hits(), SpoolView(folder / "spool.db")
    writer = SpoolWriter(folder / "spool.db", Bounds(max_rows=10**8))
    beside = os.open(folder / "beside", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    looked_s = time.perf_counter()
    while True:
        hit = make()
        name = f"live-{len(found.begun):06d}"
        found.begun[name] = time.monotonic()
        writer.append(replace(hit, hit_id=name))
        flush_s = time.perf_counter()
        os.write(beside, b"x" * 700)
        os.fdatasync(beside)
        found.flushes_s.append(time.perf_counter() - flush_s)
        time.sleep(LIVE_EVERY_S)
        if time.perf_counter() - looked_s > 0.25:
            looked_s = time.perf_counter()
            if view.counts().acknowledged >= count:
                break
    time.sleep(0.5)
    writer.close()
    os.close(beside)


class Raw:
    """What came of a run of plain paho."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.rate = 0.0


def plain_paho(port: int, name: str, count: int = RAW_MESSAGES, *, flood: bool = True) -> Raw:
    """Publish messages as fast as paho and the broker can, with live ones in between."""
    found, payload = Raw(), hit_event(hits()(), 1, "00000000-0000-4000-8000-000000000000")
    client = connect(port, f"plain-{name}")
    client.loop_start()
    begin_s = next_s = time.perf_counter()
    waiting = []
    for number in range(count):
        live = not flood or time.perf_counter() >= next_s
        if live:
            next_s = time.perf_counter() + LIVE_EVERY_S
            key = f"live-{name}-{number:06d}"
            found.begun[key] = time.monotonic()
            waiting.append(client.publish(TOPIC, payload + key.encode(), qos=1))
        else:
            waiting.append(client.publish(TOPIC, payload, qos=1))
        if not flood:
            time.sleep(LIVE_EVERY_S)
        elif len(waiting) > 64:  # as many as the box's publisher; more only wait in paho's queue
            waiting.pop(0).wait_for_publish()
    for one in waiting:
        one.wait_for_publish()
    found.rate = count / (time.perf_counter() - begin_s)
    client.disconnect()
    client.loop_stop()
    return found


@contextmanager
def listening(port: int, found: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A listener in its own process; it writes what it heard when it is told of the end."""
    command = [sys.executable, "-m", "benchmarks.backlog", "--listen", str(port), str(found)]
    listener = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert listener.stdout is not None  # noqa: S101 - asked for above
    listener.stdout.readline()
    try:
        yield listener
    finally:
        listener.kill()
        listener.wait()


def listen(port: int, found: Path) -> None:
    """The listener: when each live message came."""
    arrivals: dict[str, float] = {}
    client = connect(port, "listener")

    def on_message(client: Client, data: object, message: object) -> None:
        payload: bytes = message.payload  # type: ignore[attr-defined]
        at = payload.find(LIVE)
        if at >= 0:
            name = payload[at:].split(b'"')[0].decode()
            arrivals.setdefault(name, time.monotonic())
        elif payload == END:
            client.disconnect()

    client.on_message = on_message
    client.on_subscribe = lambda *about: print("listening", flush=True)
    client.subscribe(TOPIC, qos=0)
    client.loop_forever()
    found.write_text(json.dumps(arrivals))


def finish(port: int, listener: subprocess.Popen[bytes]) -> None:
    """Tell the listener that nothing more comes."""
    client = connect(port, "end")
    client.loop_start()
    client.publish(TOPIC, END, qos=1).wait_for_publish()
    client.disconnect()
    client.loop_stop()
    listener.wait(20)


def connect(port: int, name: str) -> Client:
    """A client of the broker."""
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5
    )
    client.connect("127.0.0.1", port)
    return client


def memory_mib(pid: int, what: str) -> float:
    """A figure of a process's memory, MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    raise LookupError(what)


def wait_for_figure(run_dir: Path, name: str, value: float) -> None:
    """Wait until the report process says so."""
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        state = read_state(run_dir, "report")
        if state is not None and state.figures.get(name) == value:
            return
        time.sleep(0.01)
    raise TimeoutError(f"the report process does not report {name} = {value}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backlog")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--hits", type=int, default=20_000)
    parser.add_argument("--full", action="store_true", help="1,000,000 hits; some minutes")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    parser.add_argument("--listen", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.listen:
        listen(int(args.listen[0]), Path(args.listen[1]))
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        found = measure(Path(folder), 1_000_000 if args.full else args.hits)
    tell(found, as_json=args.json)


if __name__ == "__main__":
    main()
