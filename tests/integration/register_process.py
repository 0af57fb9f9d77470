"""``watchpost register`` as a process of its own that reads text photos.

Arguments: seconds that one photo takes, then the command's words.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from edge.cli import register
from edge.values import PhotoTemplate
from tests.fakes.registers import TextReader


class SlowReader(TextReader):
    """Takes its time."""

    def read(self, photo: Path) -> PhotoTemplate:
        time.sleep(float(sys.argv[1]))
        return super().read(photo)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    register.add_parser(parser.add_subparsers(required=True), make_reader=lambda _: SlowReader())
    args = parser.parse_args(["register", *sys.argv[2:]])
    sys.exit(args.run(args))
