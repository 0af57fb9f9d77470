"""Model packs: loading one for its trial, in a process of its own.

``python -m edge.compose.models FOLDER`` prints a :class:`~edge.modelstore.trial.Trial` as
JSON, or a problem and a remedy. A model is a program of a kind: one that hangs, eats the
machine's memory or brings the runtime down ends that process and not its caller.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from edge.capture.images import read_picture
from edge.compose.recognise import make_detector, make_embedder
from edge.demo.truth import people
from edge.errors import PackError, WatchpostError
from edge.modelstore.trial import Portrait, Trial, examine
from edge.recognise.pack import load_pack

TRIAL_S = 300.0
TRIAL_BYTES = 8 * 1024**3
_PEOPLE = 2
_PICTURES = 2
_MAX_SAID = 4000


def tried(
    folder: Path,
    limit_s: float = TRIAL_S,
    child: Sequence[str] = (sys.executable, "-m", "edge.compose.models"),
) -> Trial:
    """Run a pack's models in another process.

    Args:
        folder: the pack's.
        limit_s: the longest that may take.
        child: starts the other process; the folder is added.

    Raises:
        PackError: they do not fit the manifest or do not recognise, with the reason; or they
            brought the process down or to a standstill.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [*child, str(folder)], capture_output=True, timeout=limit_s, check=False
        )
        said = json.loads(done.stdout[-_MAX_SAID:])
    except subprocess.TimeoutExpired as error:
        raise PackError(
            f"The pack's models took longer than {limit_s:g} s for a few pictures.",
            "Use a pack that this machine can run.",
        ) from error
    except ValueError as error:
        raise PackError(
            f"The pack's models brought the runtime down (exit code {done.returncode}).",
            "Do not use this pack; tell its publisher.",
        ) from error
    if "problem" in said:
        raise PackError(said["problem"], said["remedy"])
    return TypeAdapter(Trial).validate_python(said)


def _try(folder: Path) -> Trial:
    pack = load_pack(folder)
    portraits = [
        Portrait(person.key, read_picture(photo))
        for person in people()[:_PEOPLE]
        for photo in person.photos()[:_PICTURES]
    ]
    return examine(pack, make_detector(pack, 1), make_embedder(pack, 1), portraits)


def _limit(what: int, wanted: int) -> None:
    _, most = resource.getrlimit(what)
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(what, (allowed, allowed))


def main(folder: str) -> None:
    """Try a pack and print what came of it."""
    _limit(resource.RLIMIT_AS, min(TRIAL_BYTES, sys.maxsize))
    _limit(resource.RLIMIT_CORE, 0)
    try:
        said = dataclasses.asdict(_try(Path(folder)))
    except WatchpostError as error:
        said = {"problem": error.problem, "remedy": error.remedy}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
