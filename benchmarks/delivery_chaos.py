"""Is every recorded hit in the database exactly once, whatever is killed on its way?

    python -m benchmarks.delivery_chaos --kills 200 --json

Hits are recorded at 50/s while the box's report process, the broker and the hub are killed with
SIGKILL at random moments and started again. Then nothing more is killed, and the database is
compared with what was recorded. Control arms, which must lose hits: the same with
``ack = "broker"`` (a hit leaves the spool at the broker's PUBACK) and kills of hub and broker
together; and a spool that is not flushed, in simulated power cuts (``power_cut.py``).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from benchmarks.delivery_site import Site
from benchmarks.power_cut import CarelessWriter, FlushedCopies, lost_in_cuts
from edge.report.spool import SpoolWriter

SETTLE_S = 180.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        recorded: hits that the spool took.
        lost: of those, not in the database at the end.
        duplicated: rows too many.
        unknown: rows that nobody recorded.
        unanswered: hits that the box still waits for an answer to; they are not lost.
        kills: how often each was killed.
        seconds: how long there were kills.
        settle_s: how long it took afterwards until all had arrived.
    """

    recorded: int
    lost: int
    duplicated: int
    unknown: int
    unanswered: int
    kills: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    settle_s: float = 0.0


def chaos(kills: int, pause_s: float, seed: int, hubs: int = 1) -> Outcome:
    """Random kills with ``ack = "receiver"``.

    Args:
        kills: how many.
        pause_s: mean time between two.
        seed: of the random order and moments.
        hubs: how many hubs share the load.
    """
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    with Site("receiver", hubs) as site:
        victims: dict[str, Callable[[], None]] = {
            "report": lambda: _again(site.box),
            "broker": lambda: _again(site.broker),
        }
        for hub in site.hubs:
            victims[hub.name] = lambda hub=hub: _again(hub)
        began_s = time.monotonic()
        for _ in range(kills):
            time.sleep(min(4 * pause_s, chance.expovariate(1 / pause_s)))
            victim = chance.choice(sorted(victims))
            victims[victim]()
            killed[victim] += 1
        return _settled(site, dict(killed), time.monotonic() - began_s)


def control(rounds: int) -> Outcome:
    """Kills of hub and broker together with ``ack = "broker"``."""
    with Site("broker") as site:
        (hub,) = site.hubs
        began_s = time.monotonic()
        time.sleep(2)
        for _ in range(rounds):
            hub.kill()
            time.sleep(1.5)
            site.broker.kill()
            site.broker.start()
            hub.start()
            hub.wait_ready()
        return _settled(site, {"hub-1": rounds, "broker": rounds}, time.monotonic() - began_s, 15)


def _again(process: object) -> None:
    process.kill()  # type: ignore[attr-defined]
    process.start()  # type: ignore[attr-defined]


def _settled(
    site: Site, kills: dict[str, int], seconds: float, settle_s: float = SETTLE_S
) -> Outcome:
    site.box.stop_recording()
    began_s = time.monotonic()
    site.wait_stored(settle_s)
    recorded, stored = site.box.recorded(), site.stored()
    return Outcome(
        recorded=len(recorded),
        lost=len(recorded - set(stored)),
        duplicated=sum(stored.values()) - len(stored) + site.numbers_twice(),
        unknown=len(set(stored) - recorded),
        unanswered=site.box.backlog(),
        kills=kills,
        seconds=round(seconds, 1),
        settle_s=round(time.monotonic() - began_s, 1),
    )


def main() -> None:
    """Run the arms and print what came of them."""
    parser = argparse.ArgumentParser(description="kills on the way of hits")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--pause", type=float, default=1.5, help="mean seconds between two kills")
    parser.add_argument("--hubs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control-rounds", type=int, default=5)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = chaos(args.kills, args.pause, args.seed, args.hubs)
    result: dict[str, object] = asdict(found)
    if args.control_rounds:
        failed = control(args.control_rounds)
        result |= {"control_recorded": failed.recorded, "control_lost": failed.lost}
    if args.cuts:
        copies = FlushedCopies()
        cut, cut_lost = lost_in_cuts(copies, SpoolWriter, args.cuts, args.seed)
        _, careless_lost = lost_in_cuts(copies, CarelessWriter, args.cuts, args.seed)
        result |= {
            "power_cuts": args.cuts,
            "power_cut_recorded": cut,
            "power_cut_lost": cut_lost,
            "control_power_cut_lost": careless_lost,
        }
    print(json.dumps(result) if args.json else "\n".join(f"{k}: {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()
