"""``watchpost models calibrate``: measure what a pack's scores mean, on photos of many people.

Templates live in memory until the command ends; the report holds numbers only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from edge.calibrate.check import Checked, cross_check
from edge.calibrate.compare import most_alike
from edge.calibrate.manifest_text import replaced, tables
from edge.calibrate.measure import ENROLLED, LOOKS, Options, calibrate
from edge.calibrate.photo_set import Looks
from edge.calibrate.summary import summary
from edge.calibrate.too_few import TooFew
from edge.cli.config import add_config_option, pack_of
from edge.compose import eval as composed
from edge.errors import ConfigError, PackError
from edge.eval.instruments import Instruments
from edge.eval.look import Look, LookTaker
from edge.eval.people import Pictures, people_in
from edge.recognise.pack import MAX_MANIFEST_BYTES
from edge.runtime.atomic_file import write_atomically
from edge.values import Floats

_SIGNED = "SHA256SUMS.sig"
_LEAST_PEOPLE = 20
_MOST_PAIRS = 1000


def add_parser(subparsers: Any) -> None:
    """Add the command to the group."""
    command = subparsers.add_parser(
        "calibrate",
        help="measure false-match rates and probabilities of a pack on a photo set",
        description="Compares photos of different people as a box would (3 photos enrolled; 1, 3 "
        "and 5 looks fused), fits the tail of the false-match rate and the probability of a "
        "score, and checks both on people left out of the fit. DIR holds a folder per person; "
        "each person must stand in one folder only.",
    )
    command.add_argument(
        "pack", metavar="PACK", help="name of a bundled or installed pack, or its folder"
    )
    add_config_option(command)
    command.add_argument("--impostors", type=Path, required=True, metavar="DIR")
    command.add_argument(
        "--mated", type=Path, metavar="DIR", help="photos for scores of the same person (DIR)"
    )
    command.add_argument(
        "--leave-out",
        action="append",
        default=[],
        metavar="FOLDER",
        help="a person's folder not to use: mislabelled, or the same person as another",
    )
    command.add_argument(
        "--most-alike",
        type=int,
        default=0,
        metavar="N",
        help="name the N pairs of folders that are most alike, to find one person in two; stop",
    )
    command.add_argument("--source", default="", help="what the photos are, for the manifest")
    command.add_argument("--seed", type=int, default=1, help="of everything random (1)")
    command.add_argument(
        "--write",
        nargs="?",
        const=Path(),
        type=Path,
        metavar="MANIFEST",
        help="write into this manifest, by default the pack's own; else print the tables",
    )
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    pack = pack_of(args)
    target = _target(args.write, pack.folder) if args.write is not None else None
    instruments = composed.instruments(pack)
    if args.most_alike:
        return _name_pairs(args, instruments)
    impostors = _looks(args.impostors, args.leave_out, instruments)
    mated = _looks(args.mated, args.leave_out, instruments) if args.mated else impostors
    people = len(np.unique(impostors.people))
    source = args.source or (
        f"{args.impostors.name}, {people:,} people, {len(impostors.people):,} usable photos, "
        f"{datetime.now(UTC):%Y-%m}; {ENROLLED} photos enrolled"
    )
    measured = calibrate(
        impostors, mated, _publish(instruments), source, Options(seed=args.seed), _progress
    )
    margin = pack.manifest.decision.margin
    print(summary(measured, _checks(impostors, margin, instruments, args.seed)))
    if target is None:
        print("\n" + tables(measured.calibration), end="")
        return 0
    text = replaced(target.read_text("utf-8"), measured.calibration)
    if len(text.encode()) > MAX_MANIFEST_BYTES:
        raise PackError(f"{target} would be too large.", "Remove comments from it.")
    write_atomically(target, text.encode())
    print(f"\nWritten to {target}.")
    return 0


def _name_pairs(args: argparse.Namespace, instruments: Instruments) -> int:
    people = _people(args.impostors, args.leave_out, instruments)
    names = [_name(pictures) for pictures in people]
    looks = _looks(args.impostors, args.leave_out, instruments)
    for one, other, score in most_alike(looks, min(args.most_alike, _MOST_PAIRS)):
        print(f"{score:.4f}  {names[one]}  {names[other]}")
    return 0


def _target(asked: Path, folder: Path) -> Path:
    if (folder / _SIGNED).exists() and asked == Path():
        raise PackError(
            f"{folder} is an installed, signed pack; its manifest is not changed.",
            "Copy the pack's source folder, calibrate that, and make a new version of the pack.",
        )
    target = folder / "manifest.toml" if asked == Path() else asked
    if not target.is_file():
        raise ConfigError(f"There is no manifest {target}.", "Give the path of one to --write.")
    return target


def _looks(folder: Path, left_out: list[str], instruments: Instruments) -> Looks:
    people = _people(folder, left_out, instruments)
    owners = {picture: number for number, one in enumerate(people) for picture in one}
    found = LookTaker(instruments, gates=True).all(tuple(owners), "looking at photos", _progress)
    usable = [(owners[p], one) for p, one in found.items() if isinstance(one, Look)]
    if len({owner for owner, _ in usable}) < _LEAST_PEOPLE:
        raise ConfigError(
            f"{folder} shows fewer than {_LEAST_PEOPLE} people usably.",
            "Give a folder of photos with a folder for each of many people.",
        )
    return Looks(
        np.stack([instruments.store(one.template[None])[0] for _, one in usable]),
        np.array([one.quality.weight for _, one in usable], np.float32),
        np.array([owner for owner, _ in usable], np.int64),
        lambda probes, _: instruments.allowance(probes),
    )


def _publish(instruments: Instruments) -> Callable[[Floats], Floats]:
    """The one row that a box compares with."""

    def row(templates: Floats) -> Floats:
        rows = instruments.publish(templates)
        if len(rows) != 1:
            raise PackError(
                f"The register publishes {len(rows)} templates for a person.",
                "Calibration is for one mean template each; report this.",
            )
        one: Floats = rows[0]
        return one

    return row


def _people(folder: Path, left_out: list[str], instruments: Instruments) -> tuple[Pictures, ...]:
    people = people_in(folder, instruments.endings)
    unknown = set(left_out) - {_name(pictures) for pictures in people}
    if unknown:
        raise ConfigError(
            f"There is no folder {', '.join(sorted(unknown))} in {folder}.", "Check --leave-out."
        )
    return tuple(pictures for pictures in people if _name(pictures) not in left_out)


def _checks(
    looks: Looks, margin: float, instruments: Instruments, seed: int
) -> tuple[Checked, ...]:
    found: list[Checked] = []
    for number, fused in enumerate(LOOKS):
        _progress("checking on other people", number, len(LOOKS))
        rng = np.random.default_rng(seed)
        try:
            found += cross_check(looks, fused, ENROLLED, margin, _publish(instruments), rng)
        except TooFew:
            print(f"Too few people to check {fused} looks on another half.", file=sys.stderr)
    _progress("checking on other people", len(LOOKS), len(LOOKS))
    return tuple(found)


def _name(pictures: Pictures) -> str:
    return pictures[0].parent.name


def _progress(said: str, done: int, there: int) -> None:
    if sys.stderr.isatty() and (done == there or done % 20 == 0):
        print(
            f"\r{said}: {done:,} of {there:,}", end="\n" if done == there else "", file=sys.stderr
        )
