"""What the JSON interface answers with; these models also make the OpenAPI document.

Nothing here reads anything. Names of people are in no model but ``HitModel.label``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from edge.status.checks import Severity
from edge.status.ports import Delivery
from edge.status.run_files import BudgetPoint, ListScope, SignedRole
from edge.status.snapshot import Standing
from edge.status.verdict import Level
from edge.values import Opinion


class _Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class FindingModel(_Model):
    """One thing that is wrong."""

    check: str
    severity: Severity
    headline: str
    problem: str
    effect: str
    remedy: str


class VerdictModel(_Model):
    """How the box is, in words."""

    level: Level
    headline: str
    details: str
    remedy: str
    findings: list[FindingModel]


class ProcessModel(_Model):
    """What one process said last; all but the standing is empty when it never did."""

    name: str
    standing: Standing
    age_s: float = Field(description="Seconds since it last said something.")
    started_at: datetime | None = None
    updated_at: datetime | None = None
    problem: str = ""
    remedy: str = ""
    figures: dict[str, float] = Field(default={}, description="The unit is in the name.")
    facts: dict[str, str] = {}


class CountsModel(_Model):
    """How many hits the box holds and has ever had."""

    recorded: int = Field(description="Kept on the box, not sent yet.")
    sent: int = Field(description="Sent, not yet confirmed by a receiver.")
    acknowledged: int = Field(description="Acknowledged by the broker, still kept here.")
    total: int = Field(description="Ever recorded.")
    oldest_at: datetime | None = Field(
        description="When the oldest that has not arrived was stored; null: all have."
    )


class StateModel(_Model):
    """The whole box at one moment."""

    box: str
    site: str
    version: str
    taken_at: datetime
    verdict: VerdictModel
    processes: list[ProcessModel]
    counts: CountsModel | None = Field(description="Null when the store cannot be read.")


class HitModel(_Model):
    """One hit; no template, no picture, and a label only where the list allows labels."""

    hit_id: str
    decided_at: datetime
    camera: str
    list_id: str
    entry_id: str
    label: str | None
    probability: float = Field(ge=0, le=1, description="Calibrated probability.")
    frames: int = Field(description="Looks the decision rests on.")
    delivery: Delivery
    pictured: bool = Field(default=False, description="Whether a sealed picture is kept here.")
    opinion: Opinion | None = Field(default=None, description="What the operator said of it.")


class HitsModel(_Model):
    """The newest hits, newest first."""

    hits: list[HitModel]


class HealthModel(_Model):
    """Whether the box does its work."""

    status: Literal["ok", "failing"]
    failing: list[FindingModel]
    warnings: list[FindingModel]


class ErrorModel(_Model):
    """What is wrong and what to do."""

    problem: str
    remedy: str


class TallyModel(_Model):
    """Reviews of one list's hits, or of all."""

    confirmed: int
    dismissed: int
    precision: float | None = Field(description="Share that was right; null before a review.")
    band: tuple[float, float] = Field(description="95 % confidence interval of the precision.")


class ReviewsModel(_Model):
    """What the operator said of hits."""

    all: TallyModel
    lists: dict[str, TallyModel]


class ErasureModel(_Model):
    """A withdrawn entry whose template is gone from this box."""

    entry_id: str
    list_id: str
    version: int
    erased_at: datetime
    delivery: Delivery


class WatchlistModel(_Model):
    """The list in force, without anybody in it; version 0 when there is none."""

    version: int
    issued_at: datetime | None
    expires_at: datetime | None
    age_s: float | None = Field(description="Since the source was last asked with success.")
    people: int | None = Field(description="Who can match now, here.")
    pack: str
    lists: list[ListScope]
    entries_by_list: dict[str, int]
    entries: int
    segments: int
    root: str = Field(description="SHA-256 of the root this box was given.")
    roles: list[SignedRole]
    erasures_waiting: int
    erasures: list[ErasureModel]


class FalseAlarmsModel(_Model):
    """The budget, what to expect of it, and what others would do; empty when not known."""

    origin: Literal["page", "settings"] | None = None
    people: int | None = None
    tracks_per_week: float | None = None
    present: BudgetPoint | None = None
    points: list[BudgetPoint] = []


class SettingModel(_Model):
    """One setting; secrets are masked."""

    name: str
    value: str
    origin: Literal["default", "file", "environment", "page"]


class SettingsModel(_Model):
    """All settings in force."""

    settings: list[SettingModel]


class LogsModel(_Model):
    """The newest log lines of each process, oldest first; secrets are masked."""

    recognise: list[str]
    report: list[str]
    status: list[str]
