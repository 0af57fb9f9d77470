"""A hit's picture on its way from the recogniser to the page: small files in the run folder (RAM).

The page wishes for one (``RUN/status/picture.json``); the answer is ``RUN/pictures/HIT.jpg``, or
``HIT.json`` with why there is none. Always: an answer is replaced whole and never flushed to a
medium; a file that is missing, too large, no plain file or damaged reads as None; an id is no
path. Who may look, and what is opened, is for others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.runtime.atomic_file import write_atomically
from edge.runtime.preview_file import read_small

FOLDER = "pictures"
WISH = "picture.json"  # in RUN/status
KEPT_S = 60.0
MAX_PICTURE_BYTES = 256 * 1024
_MAX_WORDS_BYTES = 4096
_HIT_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the recogniser answered.

    Attributes:
        picture: JPEG, or empty when there is none.
        problem: why not, one sentence, or "".
        remedy: what to do, or "".
    """

    picture: bytes
    problem: str = ""
    remedy: str = ""


def is_hit_id(text: str) -> bool:
    """Whether a text can be a hit's id, and so part of a file's name."""
    return _HIT_ID.fullmatch(text) is not None


def write_answer(run_dir: Path, hit_id: str, answer: Answer) -> None:
    """Publish an answer; it takes the place of an earlier one to the same hit.

    Raises:
        OSError: the run folder cannot be written.
    """
    picture, words = _paths(run_dir, hit_id)
    picture.parent.mkdir(exist_ok=True, mode=0o750)
    if answer.picture:
        words.unlink(missing_ok=True)
        write_atomically(picture, answer.picture, durable=False)
        return
    said = json.dumps({"problem": answer.problem, "remedy": answer.remedy}).encode()
    picture.unlink(missing_ok=True)
    write_atomically(words, said, durable=False)


def read_answer(run_dir: Path, hit_id: str, since_ns: int = 0) -> Answer | None:
    """The answer to a wish for a hit, or None.

    Args:
        run_dir: RUN.
        hit_id: which hit.
        since_ns: an answer written before this moment (``st_mtime_ns``) is none.
    """
    picture, words = _paths(run_dir, hit_id)
    if _written_ns(picture) >= since_ns and (data := read_small(picture, MAX_PICTURE_BYTES)):
        return Answer(data)
    if _written_ns(words) < since_ns or not (said := read_small(words, _MAX_WORDS_BYTES)):
        return None
    try:
        document = json.loads(said)
        return Answer(b"", str(document["problem"]), str(document["remedy"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def answers(run_dir: Path) -> Iterator[Path]:
    """The files of all answers that lie there.

    Raises:
        OSError: the folder cannot be read.
    """
    yield from (run_dir / FOLDER).glob("*")


def _paths(run_dir: Path, hit_id: str) -> tuple[Path, Path]:
    folder = run_dir / FOLDER
    return folder / f"{hit_id}.jpg", folder / f"{hit_id}.json"


def _written_ns(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return -1
