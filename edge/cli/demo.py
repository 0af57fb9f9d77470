"""``watchpost demo``: the whole product on rendered people, with a table of how it did."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from edge.demo.run import WITHIN_S, Demo, DemoResult
from edge.report.messages import ReceivedHit

LONGEST_S = 24 * 3600.0
_STAGES = ("detect", "track", "align", "embed", "match")


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "demo", help="run everything end to end on a bundled clip of rendered people"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--real-time", action="store_true", help="play the clip as a camera would")
    parser.add_argument("--pack", default="default", help="which models: default or blazeface")
    parser.add_argument(
        "--within",
        type=_seconds,
        default=WITHIN_S,
        metavar="SECONDS",
        help="how long the clip may take; longer than %(default).0f for a slow machine",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    pace = "real-time" if args.real_time else "as-fast-as-possible"
    with Demo(args.pack, pace, args.within) as demo:
        _enrol(demo, print)
        print(f"Broker:  {demo.start_broker()}")
        print(f"Box:     three processes; page at {demo.start_box()} while this runs")
        print("Hits as they arrive over MQTT:")
        for hit in demo.hits():
            _show_hit(demo, hit)
        result = demo.result()
        _show_table(demo, result)
    if args.json:
        print(json.dumps(result.summary()))
    else:
        print("\nNext: docs/installer.md puts this on a camera box; `watchpost --help` lists all.")
    return 1 if result.score.missed or result.score.false else 0


def _enrol(demo: Demo, say: Callable[[str], None]) -> None:
    enrolled = [person for person in demo.people if person.enrolled]
    print(f"Enrolling {len(enrolled)} people with their consent:", end=" ", flush=True)
    for done in demo.enrol():
        note = "" if done.usable == done.photos else f" ({done.usable} of {done.photos} photos)"
        print(f"{done.person.name}{note}", end="; ", flush=True)
    print()
    say(f"Signed list published: {demo.publish()} people.")


def _show_hit(demo: Demo, hit: ReceivedHit) -> None:
    seconds = hit.frame_index / demo.clip.frames_per_s
    print(
        f"  {seconds:5.1f} s  {hit.camera}  {hit.label or hit.entry_id}  "
        f"probability {hit.probability:.3f}, {hit.frames} looks, list {hit.list_id}",
        flush=True,
    )


def _show_table(demo: Demo, result: DemoResult) -> None:
    scored = result.score
    print(f"\n{'person':24} {'in the clip':>14} {'hit at':>8}")
    for walk in demo.clip.appearances:
        span = (walk.first_frame, walk.last_frame)
        seen = "{:.1f}-{:.1f} s".format(*(n / demo.clip.frames_per_s for n in span))
        if walk.key in scored.got:
            said = f"{scored.got[walk.key].frame_index / demo.clip.frames_per_s:.1f} s"
        else:
            said = "MISSED" if walk.key in scored.missed else "-"
        kind = "" if walk.key in scored.expected else " (stranger)"
        print(f"{demo.name_of(walk.key) + kind:24} {seen:>14} {said:>8}")
    for hit in scored.false:
        print(f"FALSE: {hit.label or hit.entry_id} at frame {hit.frame_index}")
    summary, figures = result.summary(), result.state.figures
    print(
        f"\nExpected {summary['expected']}, got {len(scored.got)}, missed {summary['missed']}, "
        f"false {summary['false']}."
    )
    frames = max(1, summary["frames"])
    stages = ", ".join(f"{s} {figures.get(f'{s}_total_ms', 0.0) / frames:.2f}" for s in _STAGES)
    print(f"{summary['frames']} frames at {summary['fps']} a second; ms a frame: {stages}")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= LONGEST_S:
        raise ValueError
    return value
