"""``watchpost models list|verify``: the model packs and whether they are whole and fit."""

from __future__ import annotations

import argparse
from typing import Any

from edge.compose import box
from edge.recognise.pack import load_pack


def add_parser(subparsers: Any) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser("models", help="list or verify model packs")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="list the bundled packs")
    listing.set_defaults(run=_list)
    verify = commands.add_parser("verify", help="check a pack's files against its manifest")
    verify.add_argument("pack", help="name of a bundled pack, or path of a pack's folder")
    verify.set_defaults(run=_verify)


def _list(args: argparse.Namespace) -> int:
    for folder in sorted(box.packs_folder().iterdir()):
        if (folder / "manifest.toml").is_file():
            pack = load_pack(folder)
            info = pack.manifest.pack
            print(f"{folder.name:12} {pack.ref:28} {info.licence:32} {info.title}")
    return 0


def _verify(args: argparse.Namespace) -> int:
    from edge.compose.recognise import make_detector, make_embedder

    pack = box.load(args.pack)
    make_detector(pack, threads=1)
    make_embedder(pack, threads=1)
    print(f"{pack.ref}: files are whole and fit the manifest.")
    return 0
