"""A register of the demo's people and its signed repository, for the tests of the package.

``python3 demo_site.py FOLDER`` makes ``FOLDER/register`` and ``FOLDER/repository`` by the program
that is installed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from edge.compose.register import photo_reader
from edge.demo.enrolment import DemoRegister
from edge.demo.truth import people
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import Settings


def main(folder: Path) -> None:
    """Enrol everybody who is to be enrolled, and publish."""
    reader = photo_reader(Settings())
    made = DemoRegister(folder / "register", reader, SystemClock(trust_system=True))
    for _ in made.enrol_all(tuple(one for one in people() if one.enrolled)):
        pass
    made.publish(folder / "repository")
    made.register.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
