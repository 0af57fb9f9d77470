"""The answers to the page's wishes for something private: small files in the run folder (RAM).

In: an answer and what it is to, as an id. Out: ``FOLDER/ID.SUFFIX`` with what was asked for, or
``FOLDER/ID.json`` with why there is none. Always: an answer is replaced whole and never flushed to
a medium; a file that is missing, too large, no plain file or damaged reads as None; an id is no
path. Who may look, what is opened, and for how long it lies there, is for others.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from edge.runtime.atomic_file import write_atomically
from edge.runtime.preview_file import read_small

_MAX_WORDS_BYTES = 4096
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered.

    Attributes:
        data: what was asked for, or empty when there is none.
        problem: why not, one sentence, or "".
        remedy: what to do, or "".
    """

    data: bytes
    problem: str = ""
    remedy: str = ""


def is_id(text: str) -> bool:
    """Whether a text can be what an answer is to, and so part of a file's name."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AnswerFolder:
    """Where the answers of one kind lie.

    Attributes:
        folder: made when there is an answer.
        suffix: of files with what was asked for; not ``.json``.
        most_bytes: no such file is larger.
    """

    folder: Path
    suffix: str
    most_bytes: int

    def write(self, name: str, answer: Answer) -> None:
        """Publish an answer; it takes the place of an earlier one to the same id.

        Raises:
            OSError: the run folder cannot be written.
        """
        found, words = self._paths(name)
        self.folder.mkdir(exist_ok=True, mode=0o750)
        if answer.data:
            words.unlink(missing_ok=True)
            write_atomically(found, answer.data, durable=False)
            return
        said = json.dumps({"problem": answer.problem, "remedy": answer.remedy}).encode()
        found.unlink(missing_ok=True)
        write_atomically(words, said, durable=False)

    def read(self, name: str, since_ns: int = 0) -> Answer | None:
        """The answer to a wish, or None.

        Args:
            name: what it is to.
            since_ns: an answer written before this moment (``st_mtime_ns``) is none.
        """
        found, words = self._paths(name)
        if _written_ns(found) >= since_ns and (data := read_small(found, self.most_bytes)):
            return Answer(data)
        if _written_ns(words) < since_ns or not (said := read_small(words, _MAX_WORDS_BYTES)):
            return None
        try:
            document = json.loads(said)
            return Answer(b"", str(document["problem"]), str(document["remedy"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def remove(self, now_s: float, older_than_s: float) -> bool:
        """Remove answers that are older, or from the future; returns whether any are left.

        Raises:
            OSError: the folder cannot be read or written.
        """
        left = False
        for path in list(self.folder.glob("*")):
            if abs(now_s - path.lstat().st_mtime) > older_than_s:
                path.unlink()
            else:
                left = True
        return left

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.folder / f"{name}{self.suffix}", self.folder / f"{name}.json"


def pictures(run_dir: Path) -> AnswerFolder:
    """Opened pictures of hits, JPEG, by the hit's id."""
    return AnswerFolder(run_dir / "pictures", ".jpg", 256 * 1024)


def names(run_dir: Path) -> AnswerFolder:
    """The names on a list, by the list's id; see :mod:`edge.values.names`."""
    return AnswerFolder(run_dir / "names", ".names", 2 * 1024 * 1024)


PICTURE_WISH, NAMES_WISH = "picture.json", "names.json"  # in RUN/status


def _written_ns(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return -1
