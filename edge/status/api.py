"""The JSON interface: what the pages show, as checked models; and the state for Prometheus.

In: a :class:`~edge.status.context.PageContext`. Out: models, and with them the OpenAPI document.
Always: read only; what a client may ask for has a bound; each answer is for the same people as
its page; a label is for the operator alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from edge.errors import SpoolError
from edge.status.access.roles import Access, Role
from edge.status.api_models import (
    CountsModel,
    ErasureModel,
    ErrorModel,
    FalseAlarmsModel,
    FindingModel,
    HealthModel,
    HitModel,
    HitsModel,
    LogsModel,
    ProcessModel,
    ReviewsModel,
    SettingModel,
    SettingsModel,
    StateModel,
    TallyModel,
    VerdictModel,
    WatchlistModel,
)
from edge.status.checks import Finding, Severity, run_checks
from edge.status.context import PageContext, role_of
from edge.status.metrics import metrics_route
from edge.status.pages.system import log_lines, settings_of
from edge.status.pages.watchlist import ERASURES, entries_by_list
from edge.status.ports import HitLine
from edge.status.reviews import ReviewBook, total
from edge.status.run_files import ListFile, read_budget, read_list
from edge.status.snapshot import HITS_KEPT, ProcessView, Snapshot
from edge.status.verdict import judge
from edge.values import Opinion

DEFAULT_HITS = 20
_Responses = dict[int | str, dict[str, Any]]
_REFUSED: _Responses = {401: {"model": ErrorModel}}
_FOR_SOME: _Responses = {**_REFUSED, 403: {"model": ErrorModel}}
_OF_STORE: _Responses = {**_REFUSED, 503: {"model": ErrorModel}}


def make_router(context: PageContext) -> APIRouter:
    """The routes of the JSON interface; all but health are for those who are signed in."""
    router = APIRouter()
    signed_in = [Depends(context.gate(Access.SIGNED_IN))]
    installer = [Depends(context.gate(Access.INSTALLER))]
    answers = Answers(context)
    ranged: _Responses = {**_OF_STORE, 422: {"model": ErrorModel}}
    _add(router, "/api/v1/state", answers.state, _REFUSED, signed_in)
    _add(router, "/api/v1/hits", answers.hits, ranged, signed_in)
    _add(router, "/api/v1/reviews", answers.reviews, _OF_STORE, signed_in)
    _add(router, "/api/v1/watchlist", answers.watchlist, _OF_STORE, signed_in)
    _add(router, "/api/v1/false-alarms", answers.false_alarms, _REFUSED, signed_in)
    _add(router, "/api/v1/settings", answers.settings, _REFUSED, signed_in)
    _add(router, "/api/v1/logs", answers.logs, _FOR_SOME, installer)
    _add(router, "/healthz", answers.health, {503: {"model": HealthModel}})
    router.routes.append(metrics_route(context))
    return router


class Answers:
    """The interface's answers.

    Args:
        context: what they are made from.
    """

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._book = ReviewBook(context.state_dir)

    def state(self) -> StateModel:
        """The whole box at one moment."""
        return _state(self._context.observer.look())

    def hits(
        self, request: Request, limit: Annotated[int, Query(ge=1, le=HITS_KEPT)] = DEFAULT_HITS
    ) -> HitsModel:
        """The newest hits, newest first; labels for the operator alone."""
        snapshot = self._context.observer.look()
        if snapshot.counts is None:
            raise SpoolError(snapshot.store_problem, snapshot.store_remedy)
        said, names = self._book.verdicts(), role_of(request) is Role.OPERATOR
        return HitsModel(
            hits=[_hit(one, said.get(one.hit_id), names=names) for one in snapshot.hits[:limit]]
        )

    def reviews(self) -> ReviewsModel:
        """How often reviewed hits were right."""
        tallies = self._book.tallies()
        return ReviewsModel(
            all=TallyModel.model_validate(total(tallies)),
            lists={name: TallyModel.model_validate(one) for name, one in tallies.items()},
        )

    def watchlist(self) -> WatchlistModel:
        """The list in force: counts, signatures, expiry, erasures; nobody's name."""
        context = self._context
        snapshot = context.observer.look()
        found = read_list(context.settings.box.run_dir) or ListFile(format=1)
        people = snapshot.recognise.figure("watchlist_people")
        shared = set(WatchlistModel.model_fields) & set(ListFile.model_fields)
        return WatchlistModel(
            age_s=snapshot.report.figure("watchlist_age_s"),
            people=int(people) if people is not None else None,
            entries_by_list=entries_by_list(snapshot.recognise),
            erasures=[
                ErasureModel.model_validate(one) for one in context.observer.erasures(ERASURES)
            ],
            **{name: getattr(found, name) for name in shared},
        )

    def false_alarms(self) -> FalseAlarmsModel:
        """The budget, what to expect of it, and what others would do."""
        found = read_budget(self._context.settings.box.run_dir)
        return FalseAlarmsModel.model_validate(found) if found else FalseAlarmsModel()

    def settings(self) -> SettingsModel:
        """All settings in force and where each came from."""
        tables = settings_of(self._context).values()
        return SettingsModel(
            settings=[SettingModel.model_validate(asdict(row)) for rows in tables for row in rows]
        )

    def logs(self) -> LogsModel:
        """The newest log lines of each process."""
        return LogsModel(**log_lines(self._context))

    def health(self, response: Response) -> HealthModel:
        """200 when the box does its work, else 503 with the checks that fail."""
        answer = _health(run_checks(self._context.observer.look()))
        response.status_code = 200 if answer.status == "ok" else 503
        return answer


def _add(
    router: APIRouter,
    path: str,
    endpoint: Callable[..., BaseModel],
    responses: _Responses,
    dependencies: Sequence[Any] = (),
) -> None:
    router.add_api_route(
        path, endpoint, methods=["GET"], responses=responses, dependencies=dependencies
    )
    router.add_api_route(
        path, endpoint, methods=["HEAD"], include_in_schema=False, dependencies=dependencies
    )


def _hit(hit: HitLine, opinion: Opinion | None, *, names: bool) -> HitModel:
    found = HitModel.model_validate(hit)
    return found.model_copy(update={"opinion": opinion} | ({} if names else {"label": None}))


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
