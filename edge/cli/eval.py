"""``watchpost eval identify|detect|attack``: measure a pack on pictures of your own.

Nothing is kept: pictures are read one by one, templates live in memory until the command ends,
and the report holds numbers only.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from edge.cli import eval_attack
from edge.cli.config import add_config_option, pack_of
from edge.compose import eval as composed
from edge.eval.canvas import MAX_CANVAS_PX, MIN_CANVAS_PX
from edge.eval.degrade import Degradation
from edge.eval.detect import against_truth, false_alarms, pasted
from edge.eval.detect_report import DetectReport
from edge.eval.identify import run_trials
from edge.eval.look import LookTaker
from edge.eval.people import all_pictures, people_in, spread
from edge.eval.plot import check_plot, draw
from edge.eval.protocol import MAX_ENROL, MAX_FRAMES, make_plan
from edge.eval.report import Report, Setup, make_report
from edge.eval.truth import read_truth
from edge.recognise.pack import Pack


def add_parser(subparsers: Any) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("eval", help="measure a pack on pictures of your own")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    _add_identify(commands)
    _add_detect(commands)
    eval_attack.add_parser(commands, Counter)


def _add_identify(commands: Any) -> None:
    identify = commands.add_parser(
        "identify",
        help="how often enrolled people are missed and strangers taken for someone",
        description="Measures identification on an open set, in the terms of ISO/IEC 19795-1. "
        "DIR holds a folder per person, or files named Name_0001.jpg. By name, a person with at "
        "least K+M pictures is enrolled with the first K; the rest are probes of M fused "
        "pictures. A person with fewer is a stranger.",
    )
    _add_common(identify)
    identify.add_argument(
        "--enrol", type=int, default=3, metavar="K", help=f"photos enrolled, 1 to {MAX_ENROL} (3)"
    )
    identify.add_argument(
        "--frames", type=int, default=3, metavar="M", help=f"looks fused, 1 to {MAX_FRAMES} (3)"
    )
    identify.add_argument(
        "--gates", action="store_true", help="let the pack's quality limits refuse looks"
    )
    identify.add_argument(
        "--degrade",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="make the probes worse first; may be given several times: inter-eye, blur, noise, "
        "gain, gamma, jpeg, occlude=mask|glasses|sunglasses",
    )
    identify.add_argument("--plot", type=Path, metavar="FILE", help="draw the DET curve (PNG, SVG)")
    identify.set_defaults(run=_identify)


def _add_detect(commands: Any) -> None:
    detect = commands.add_parser(
        "detect",
        help="how many faces are found, by their size, and how often one is seen where none is",
        description="Scales the photos in DIR and in its folders, pastes them on canvases and "
        "counts the faces found, in the light and in the dark. With --truth, counts marked faces "
        "in pictures or a video in DIR instead.",
    )
    _add_common(detect)
    detect.add_argument("--truth", type=Path, metavar="FILE", help="marked faces, as JSON")
    detect.add_argument(
        "--backgrounds",
        type=Path,
        metavar="DIR",
        help="pictures without faces: photos are pasted on them, false positives counted on them",
    )
    detect.add_argument(
        "--list",
        action="store_true",
        help="tell how many detections each of the backgrounds had, by its number in name order",
    )
    detect.add_argument(
        "--photos", type=int, default=300, metavar="N", help="photos used, evenly spread (300)"
    )
    detect.add_argument(
        "--canvas",
        type=_size,
        metavar="WxH",
        help="size of a canvas (that of the detector's input)",
    )
    detect.set_defaults(run=_detect)


def _add_common(parser: Any) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the pictures")
    parser.add_argument(
        "--pack", default="default", help="name of a bundled or installed pack, or its folder"
    )
    add_config_option(parser)
    parser.add_argument("--seed", type=int, default=1, help="of everything random (1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _identify(args: argparse.Namespace) -> int:
    degradations = [Degradation.parse(text) for text in args.degrade]
    if args.plot is not None:
        check_plot(args.plot)
    report = _measured(args, pack_of(args), degradations)
    if args.plot is not None:
        name = f"{args.enrol} enrolled, {args.frames} fused"
        draw({name: report.points}, args.plot)
    _print(args, report.as_json(), report.lines())
    return 0


def _measured(args: argparse.Namespace, pack: Pack, degradations: list[Degradation]) -> Report:
    instruments = composed.instruments(pack)
    people = people_in(args.folder, instruments.endings)
    plan = make_plan(people, args.enrol, args.frames)
    counter = Counter()
    clean = LookTaker(instruments, gates=args.gates)
    probing = LookTaker(instruments, gates=args.gates, degradations=degradations, seed=args.seed)
    looks = clean.all(plan.photos, "enrolling", counter)
    looks |= probing.all(plan.probes, "probing", counter)
    setup = Setup(
        pack=pack.ref,
        seed=args.seed,
        gates=args.gates,
        degraded=tuple(map(str, degradations)),
        threshold=pack.manifest.decision.threshold,
    )
    return make_report(setup, plan, run_trials(plan, looks, instruments), probing.times)


def _detect(args: argparse.Namespace) -> int:
    pack = pack_of(args)
    instruments, counter = composed.instruments(pack), Counter()
    backgrounds: tuple[Path, ...] = ()
    if args.backgrounds is not None:
        backgrounds = all_pictures(args.backgrounds, instruments.endings)
    canvas = None if args.truth is not None else args.canvas or instruments.input_px
    if canvas is None:
        found = against_truth(instruments, read_truth(args.truth, args.folder), counter)
    else:
        photos = spread(all_pictures(args.folder, instruments.endings), args.photos)
        found = pasted(instruments, photos, backgrounds, canvas, args.seed, counter)
    alarms = false_alarms(instruments, backgrounds, counter) if backgrounds else None
    report = DetectReport(pack.ref, args.seed, canvas, found, alarms, args.list)
    _print(args, report.as_json(), report.lines())
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError("give a size like 640x384")
    size = (int(width), int(height))
    if not all(MIN_CANVAS_PX <= side <= MAX_CANVAS_PX for side in size):
        raise argparse.ArgumentTypeError(f"a side has {MIN_CANVAS_PX} to {MAX_CANVAS_PX} px")
    return size


class Counter:
    """A counter line on standard error; silent when that is not a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, said: str, done: int, of: int) -> None:
        """Show how far something is."""
        if self._shown and (done % 10 == 0 or done == of):
            end = "\n" if done == of else ""
            print(f"\r{said}: {done} of {of}", end=end, file=sys.stderr, flush=True)


def _print(args: argparse.Namespace, tree: dict[str, Any], lines: list[str]) -> None:
    print(json.dumps(tree) if args.json else "\n".join(lines))
