"""One answer of the doctor, and how answers are gathered.

In: questions, each a function. Out: answers in their order. Always: a question that ends with a
:class:`WatchpostError` is answered by its two sentences; every answer that is not ``OK`` says
what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from edge.errors import WatchpostError


class Verdict(StrEnum):
    """How bad it is; only a failure keeps the box from its work."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found.

    Attributes:
        verdict: see :class:`Verdict`.
        found: what is so, one or two sentences.
        remedy: what to do; "" exactly when all is well.

    Raises:
        ValueError: something is wrong and there is nothing to do, or the other way round.
    """

    verdict: Verdict
    found: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if bool(self.remedy) is (self.verdict is Verdict.OK):
            raise ValueError(f"an answer that is {self.verdict} with the remedy {self.remedy!r}")


Question = Callable[[], Answer]


def fine(found: str) -> Answer:
    """All is well."""
    return Answer(Verdict.OK, found)


def warning(found: str, remedy: str) -> Answer:
    """The box works, but not as it should, or not for long."""
    return Answer(Verdict.WARNING, found, remedy)


def failure(found: str, remedy: str) -> Answer:
    """The box does not do its work."""
    return Answer(Verdict.FAILURE, found, remedy)


def ask(questions: Iterable[tuple[str, Question]]) -> dict[str, Answer]:
    """Ask one after the other; answers by the questions' names."""
    return {name: _answered(question) for name, question in questions}


def _answered(question: Question) -> Answer:
    try:
        return question()
    except WatchpostError as error:
        return failure(error.problem, error.remedy)
