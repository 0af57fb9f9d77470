"""The page's end of asking for something private: leaves a wish, and waits for the answer.

In: an id. Out: an :class:`~edge.runtime.answer_file.Answer`. Always: one wish lies there at a time;
nothing is kept here, and the answer's file is the recogniser's, which removes it. The page has no
key to what it asks for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from edge.runtime.answer_file import Answer, AnswerFolder, is_id
from edge.runtime.wish_file import leave_wish

PATIENCE_S = 4.0
_TURN_S = 0.05
_SILENT = Answer(
    b"",
    f"The recogniser has not answered within {PATIENCE_S:.0f} s.",
    "Look at the overview whether it runs, and try again.",
)


class AnswerDesk:
    """Asks for one kind of thing; callable from any thread.

    Args:
        fact: what a wish calls its id.
        wish: the file for wishes.
        answers: where answers lie.
        pause: waits a moment between two looks for the answer.
    """

    def __init__(
        self,
        fact: str,
        wish: Path,
        answers: AnswerFolder,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._fact = fact
        self._wish = wish
        self._answers = answers
        self._pause = pause
        self._lock = threading.Lock()

    def ask(self, name: str) -> Answer:
        """Have something opened; returns it, or why there is none.

        Raises:
            ConfigError: the wish cannot be written.
        """
        with self._lock:
            since_ns = leave_wish(self._wish, {self._fact: name, "by": "operator"})
            for _ in range(round(PATIENCE_S / _TURN_S)):
                found = self._answers.read(name, since_ns)
                if found is not None:
                    return found
                self._pause(_TURN_S)
            return _SILENT

    def opened(self, name: str) -> bytes:
        """What was opened a moment ago; empty when it is gone."""
        found = self._answers.read(name) if is_id(name) else None
        return found.data if found else b""
