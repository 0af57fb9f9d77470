"""Which boxes may still hold the template of somebody who was revoked.

In: the register's audit log, and how the boxes say they are. Out: a verdict for each box.
Always: a box that runs a version which was published after the revocation does not hold the
template (it erases before it takes a version up); of any other box the worst is assumed, also
of one that does not say what it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from edge.errors import RegisterError
from edge.register.database import Register
from edge.report.messages import ReceivedStatus


@dataclass(frozen=True, slots=True)
class Revocation:
    """An erased entry.

    Attributes:
        entry_id: whose template it was.
        person_id: whose entry it was.
        revoked_at: UTC time.
        version: the first that was published after it; None when none was.
    """

    entry_id: str
    person_id: str
    revoked_at: datetime
    version: int | None


class Holding(Enum):
    """Whether a box holds the template."""

    ERASED = "erased"
    MAY_HOLD = "may hold it"
    UNKNOWN = "does not say"


@dataclass(frozen=True, slots=True)
class BoxVerdict:
    """One box.

    Attributes:
        status: what it last said.
        holding: of the revoked entries that it needs the newest list for.
    """

    status: ReceivedStatus
    holding: Holding


def revocations(register: Register, some_id: str) -> tuple[Revocation, ...]:
    """What was revoked of a person, or the revocation of an entry, oldest first.

    Raises:
        RegisterError: nothing of this id was revoked, or the audit log is damaged.
    """
    audit = register.audit()
    if audit.problem:
        raise RegisterError(
            f"The audit log is damaged: {audit.problem}", "Compare it with a backup."
        )
    found = []
    for place, line in enumerate(audit.lines):
        facts = line["facts"]
        if line["action"] != "revoke" or some_id not in (facts["entry"], facts["person"]):
            continue
        later = (x["facts"]["version"] for x in audit.lines[place:] if x["action"] == "publish")
        at = datetime.fromisoformat(line["at"])
        found.append(Revocation(facts["entry"], facts["person"], at, next(later, None)))
    if not found:
        raise RegisterError(
            f"No entry or person {some_id} was revoked.",
            "`watchpost register audit` shows the ids of what was revoked.",
        )
    return tuple(found)


def judge(
    statuses: Sequence[ReceivedStatus], revoked: Sequence[Revocation]
) -> tuple[BoxVerdict, ...]:
    """A verdict for each box over all the revocations."""
    versions = [one.version for one in revoked]
    return tuple(BoxVerdict(status, _holding(status, versions)) for status in statuses)


def _holding(status: ReceivedStatus, versions: Sequence[int | None]) -> Holding:
    runs = status.watchlist_version
    if not runs:  # 0: it has not looked yet, or has no list
        return Holding.UNKNOWN
    gone = all(version is not None and runs >= version for version in versions)
    return Holding.ERASED if gone else Holding.MAY_HOLD
