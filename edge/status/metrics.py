"""The box's state in Prometheus' text format.

In: snapshots and the record of reviews. Out: one collector, made anew for each scrape, so that
a figure that is not known is absent and never an old value. Always: nobody is named; a scrape
from this machine needs no sign-in, one from elsewhere does, unless ``status.metrics`` opens it.
Names follow https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.errors import SpoolError
from edge.status.access.roles import Access
from edge.status.context import PageContext
from edge.status.reviews import ReviewBook
from edge.status.snapshot import ProcessView, Snapshot, Standing
from edge.status.stages import stage_times_ms

_HERE = ("127.0.0.1", "::1")
_OPINIONS = ("confirmed", "not_this_person", "not_reviewed")

# (metric, process, figure, help); those that end in "_total" there are counters here.
_FIGURES = (
    ("frames_per_second", "recognise", "frames_per_s", "Pictures looked at a second."),
    ("frame_age_seconds", "recognise", "frame_age_s", "Age of the newest picture."),
    ("frames", "recognise", "frames_total", "Pictures looked at since the start."),
    ("dropped_frames", "recognise", "dropped_frames_total", "Pictures left out for newer ones."),
    ("faces", "recognise", "faces_total", "Faces found since the start."),
    ("hits", "recognise", "hits_total", "Hits since the start."),
    ("unknown_passages", "recognise", "unknown_total", "Passages of strangers."),
    ("uncertain_passages", "recognise", "uncertain_total", "Passages left uncertain."),
    ("decision_threshold", "recognise", "threshold", "Likeness needed for a hit."),
    (
        *("expected_false_alarms_per_week", "recognise", "expected_false_alarms_per_week"),
        "To expect, by the pack's calibration, this gallery and this traffic.",
    ),
    ("expected_miss_ratio", "recognise", "expected_miss_rate", "To expect, of short passages."),
    ("watchlist_people", "recognise", "watchlist_people", "Who can match now."),
    ("watchlist_version", "recognise", "watchlist_version", "Version in force."),
    (
        *("watchlist_age_seconds", "report", "watchlist_age_s"),
        "Since the list was last known to be the newest.",
    ),
    ("broker_connected", "report", "connected", "1 while connected."),
    ("backlog_hits", "report", "backlog_hits", "Hits that have not arrived yet."),
    ("lost_hits", "report", "lost_hits", "Hits lost for want of space."),
)


class BoxCollector(Collector):
    """Gives the metrics of one look at the box.

    Args:
        snapshot: the look.
        verdicts: what was said of hits, by id; None when that cannot be read.
    """

    def __init__(self, snapshot: Snapshot, verdicts: dict[str, str] | None) -> None:
        self._snapshot = snapshot
        self._verdicts = verdicts

    def collect(self) -> Iterator[Metric]:
        """See :class:`prometheus_client.registry.Collector`."""
        views = {view.name: view for view in self._snapshot.processes}
        yield self._about()
        yield _up(views)
        yield _stages(views["recognise"])
        for name, process, figure, words in _FIGURES:
            value = views[process].figure(figure)
            if value is not None:
                counts = figure.endswith("_total")
                family = CounterMetricFamily if counts else GaugeMetricFamily
                yield family(f"watchpost_{name}", words, value=value)
        yield from self._store()

    def _about(self) -> Metric:
        who = self._snapshot.identity
        about = {"site": who.site, "box": who.box, "version": who.version}
        about["pack"] = self._snapshot.recognise.fact("pack") or ""
        return InfoMetricFamily("watchpost_box", "Which box this is.", value=about)

    def _store(self) -> Iterator[Metric]:
        counts = self._snapshot.counts
        if counts is None:
            return
        stored = GaugeMetricFamily(
            "watchpost_stored_hits", "Hits on the box, by delivery.", labels=["delivery"]
        )
        for name in ("recorded", "sent", "acknowledged"):
            stored.add_metric([name], getattr(counts, name))
        yield stored
        now = self._snapshot.taken_at
        yield GaugeMetricFamily(
            "watchpost_backlog_age_seconds",
            "How long ago the oldest hit that has not arrived was stored; 0 when all have.",
            value=max(0.0, (now - (counts.oldest_at or now)).total_seconds()),
        )
        if self._verdicts is not None:
            yield self._reviewed(self._verdicts)

    def _reviewed(self, verdicts: dict[str, str]) -> Metric:
        family = GaugeMetricFamily(
            "watchpost_hits_by_verdict",
            "The newest hits, at most 200, by what the operator said.",
            labels=["verdict"],
        )
        said = [verdicts.get(hit.hit_id, "not_reviewed") for hit in self._snapshot.hits]
        for name in _OPINIONS:
            family.add_metric([name], said.count(name))
        return family


def metrics_route(context: PageContext) -> Route:
    """``/metrics``."""
    book = ReviewBook(context.state_dir)

    def answer(request: Request) -> Response:
        caller = request.client.host if request.client else ""
        if caller not in _HERE and context.settings.status.metrics != "everyone":
            context.admit(request, Access.SIGNED_IN)
        try:
            verdicts: dict[str, str] | None = dict(book.verdicts())
        except SpoolError:
            verdicts = None
        registry = CollectorRegistry()
        registry.register(BoxCollector(context.observer.look(), verdicts))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", answer, methods=["GET"])


def _up(views: dict[str, ProcessView]) -> Metric:
    family = GaugeMetricFamily(
        "watchpost_process_up", "1 while a process runs well.", labels=["process"]
    )
    for name, view in views.items():
        family.add_metric([name], float(view.standing is Standing.RUNNING))
    return family


def _stages(view: ProcessView) -> Metric:
    family = GaugeMetricFamily(
        "watchpost_stage_seconds", "Mean time of a stage, lately.", labels=["stage"]
    )
    for stage, time_ms in stage_times_ms(view).items():
        family.add_metric([stage], time_ms / 1000)
    return family
