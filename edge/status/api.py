"""The JSON interface: state, hits and health, with their schemas.

In: a :class:`~edge.status.context.PageContext`. Out: pydantic models, which also make the
OpenAPI document. Always: what a client may ask for has a bound, and the figures are the ones
the page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from edge.errors import SpoolError
from edge.status.access.roles import Access
from edge.status.checks import Finding, Severity, run_checks
from edge.status.context import PageContext
from edge.status.ports import Delivery
from edge.status.snapshot import HITS_KEPT, ProcessView, Snapshot, Standing
from edge.status.verdict import Level, judge

DEFAULT_HITS = 20


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


def make_router(context: PageContext) -> APIRouter:
    """The routes of the JSON interface; state and hits are for those who are signed in."""
    router = APIRouter()
    observer = context.observer
    signed_in = [Depends(context.gate(Access.SIGNED_IN))]

    def state() -> StateModel:
        """The whole box at one moment."""
        return _state(observer.look())

    def hits(limit: Annotated[int, Query(ge=1, le=HITS_KEPT)] = DEFAULT_HITS) -> HitsModel:
        """The newest hits, newest first."""
        snapshot = observer.look()
        if snapshot.counts is None:
            raise SpoolError(snapshot.store_problem, snapshot.store_remedy)
        return HitsModel(hits=[HitModel.model_validate(one) for one in snapshot.hits[:limit]])

    def health(response: Response) -> HealthModel:
        """200 when the box does its work, else 503 with the checks that fail."""
        answer = _health(run_checks(observer.look()))
        response.status_code = 200 if answer.status == "ok" else 503
        return answer

    refused: dict[int | str, dict[str, Any]] = {401: {"model": ErrorModel}}
    _add(router, "/api/v1/state", state, refused, signed_in)
    _add(router, "/api/v1/hits", hits, {**refused, 503: {"model": ErrorModel}}, signed_in)
    _add(router, "/healthz", health, {503: {"model": HealthModel}})
    return router


def _add(
    router: APIRouter,
    path: str,
    endpoint: Callable[..., BaseModel],
    responses: dict[int | str, dict[str, Any]] | None = None,
    dependencies: Sequence[Any] = (),
) -> None:
    router.add_api_route(
        path, endpoint, methods=["GET"], responses=responses, dependencies=dependencies
    )
    router.add_api_route(
        path, endpoint, methods=["HEAD"], include_in_schema=False, dependencies=dependencies
    )


def _state(snapshot: Snapshot) -> StateModel:
    identity, counts = snapshot.identity, snapshot.counts
    return StateModel(
        box=identity.box,
        site=identity.site,
        version=identity.version,
        taken_at=snapshot.taken_at,
        verdict=VerdictModel.model_validate(judge(snapshot)),
        processes=[_process(view) for view in snapshot.processes],
        counts=CountsModel.model_validate(counts) if counts else None,
    )


def _process(view: ProcessView) -> ProcessModel:
    bare = ProcessModel(name=view.name, standing=view.standing, age_s=view.age_s)
    if view.state is None:
        return bare
    said = ("started_at", "updated_at", "problem", "remedy", "figures", "facts")
    return bare.model_copy(update={name: getattr(view.state, name) for name in said})


def _health(findings: tuple[Finding, ...]) -> HealthModel:
    sorted_by_severity: dict[Severity, list[FindingModel]] = {one: [] for one in Severity}
    for found in findings:
        sorted_by_severity[found.severity].append(FindingModel.model_validate(found))
    failing = sorted_by_severity[Severity.FAILURE]
    return HealthModel(
        status="failing" if failing else "ok",
        failing=failing,
        warnings=sorted_by_severity[Severity.WARNING],
    )
