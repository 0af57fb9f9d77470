"""One change of a machine as a value, and carrying a list of them out.

In: steps, in order. Out: how many changed something. Always: a step whose result is there already
is left alone, so that a list carried out twice changes nothing the second time; a dry run only
looks. Saying what is to be done is left to the makers of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Step:
    """One change.

    Attributes:
        what: the change in words, beginning with a verb; no secret in it.
        is_done: whether the result is there already.
        do: makes it.
        follows: whether it is to be done again after a step before it changed something.
    """

    what: str
    is_done: Callable[[], bool]
    do: Callable[[], None]
    follows: bool = False


def carry_out(steps: Iterable[Step], say: Callable[[str], None], *, dry_run: bool) -> int:
    """Do what is not done yet; returns how many steps that were, or would be.

    Raises:
        ConfigError: a step failed; what came before it stays done.
    """
    changes = 0
    for step in steps:
        try:
            if step.is_done() and not (step.follows and changes):
                continue
            changes += 1
            say(f"{'would ' if dry_run else ''}{step.what}")
            if not dry_run:
                step.do()
        except OSError as error:
            raise ConfigError(
                f"This step failed: {step.what} ({error.strerror or error}).",
                "Run the command as root (sudo); run again, it goes on where it stopped.",
            ) from error
    return changes
