"""What other processes leave for the page in the run folder, beside their state.

In: ``watchlist.json`` and ``broker.json`` (the report process: the list in force, without anybody
in it; what came of trying the broker) and ``budget.json`` (the recognise process: what budgets
cost). Out: checked values. Always: read
only, bounded; a file that is missing, too large or damaged reads as None.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

MAX_FILE_BYTES = 512 * 1024

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=0)]


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


Found = TypeVar("Found", bound=_File)


class ListScope(_File):
    """One list: what it is for and what a hit of it says."""

    list_id: str
    purpose: str
    show_label: bool
    require_presence: bool = False
    evidence: bool = False


class SignedRole(_File):
    """One signed part of the repository, as the box last checked it."""

    role: Literal["root", "targets", "snapshot", "timestamp"]
    version: Count
    expires_at: AwareDatetime
    keys: Count
    threshold: Count
    signatures: Count


class ListFile(_File):
    """The list in force; ``version`` is 0 when there is none."""

    format: Literal[1]
    version: Count = 0
    issued_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    pack: str = ""
    lists: tuple[ListScope, ...] = ()
    segments: Count = 0
    entries: Count = 0
    revoked: Count = 0
    erasures_waiting: Count = 0
    root: str = ""
    roles: tuple[SignedRole, ...] = ()
    problem: str = ""
    remedy: str = ""


class TrialFile(_File):
    """How the broker answered when it was tried; ``problem`` is empty when all was well."""

    format: Literal[1]
    asked_ns: int
    ended_at: AwareDatetime
    took_s: Annotated[float, Field(ge=0)]
    problem: str
    remedy: str


class BudgetPoint(_File):
    """What one budget means; ``budget`` is None where a fixed threshold holds."""

    budget: Annotated[float, Field(gt=0)] | None
    threshold: float
    false_alarms: Annotated[float, Field(ge=0)]
    at_most: Annotated[float, Field(ge=0)]
    miss_rate: Share
    extrapolated: bool = False


class BudgetFile(_File):
    """The budget in force and what others would do, at this gallery and traffic."""

    format: Literal[1]
    people: Count
    tracks_per_week: Annotated[float, Field(ge=0)]
    origin: Literal["page", "settings"]
    present: BudgetPoint
    points: tuple[BudgetPoint, ...]


def read_list(run_dir: Path) -> ListFile | None:
    """What is known of the list in force."""
    return _read(run_dir / "watchlist.json", ListFile)


def read_trial(run_dir: Path) -> TrialFile | None:
    """What came of trying the broker last."""
    return _read(run_dir / "broker.json", TrialFile)


def read_budget(run_dir: Path) -> BudgetFile | None:
    """What is known of budgets."""
    return _read(run_dir / "budget.json", BudgetFile)


def _read(path: Path, kind: type[Found]) -> Found | None:
    try:
        with path.open("rb") as file:
            return kind.model_validate_json(file.read(MAX_FILE_BYTES))
    except (OSError, ValidationError):
        return None
