"""The overview's tiles: what each part of the box does now, as plain text values.

In: a snapshot and what the checks found. Out: a :class:`Tile` for each part, with the few
figures that matter. Always: a figure that nobody reported is left out, never guessed; how a
tile looks follows from the findings, so that it cannot contradict the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from edge.status import words
from edge.status.checks import Finding, Severity
from edge.status.checks.heat import cooling
from edge.status.snapshot import ProcessView, Snapshot, Standing
from edge.status.stages import STAGES, stage_times_ms

_TONES = {
    "good": "Good",
    "plain": "Not known yet",
    "warning": "Needs attention",
    "failure": "Not working",
}
_OLD = (Standing.SILENT, Standing.STOPPED)
_CAMERA = ("camera", "frames", "sight")
_OF_CAMERA = "camera."
_RECOGNITION = ("recogniser",)
_DELIVERY = ("store", "recording", "losses", "damage", "reporter", "broker", "backlog")
_WATCHLIST = ("list_file", "watchlist", "list_source", "list_age", "list_expiry", "budget")


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage's time beside the longest's.

    Attributes:
        label: what the stage does.
        value: its time in words.
        share: 0..100, of the longest stage.
    """

    label: str
    value: str
    share: float


@dataclass(frozen=True, slots=True)
class Tile:
    """One part of the box.

    Attributes:
        name: for links and tests.
        title: for people.
        tone: "good", "plain", "warning" or "failure".
        standing: the tone in words.
        key: the one figure to read first, or "".
        key_unit: what it counts.
        lines: (label, value).
        bars: times of stages.
        caution: how far the figures can be trusted, or "".
    """

    name: str
    title: str
    tone: str
    standing: str
    key: str
    key_unit: str
    lines: list[tuple[str, str]]
    bars: list[Bar] = field(default_factory=list)
    caution: str = ""


def make_tiles(
    snapshot: Snapshot, findings: tuple[Finding, ...], zone: tzinfo | None = None
) -> list[Tile]:
    """All tiles, in the order of the page."""
    named = {*_CAMERA, *_RECOGNITION, *_DELIVERY, *_WATCHLIST}
    others = tuple(one.check for one in findings if one.check not in named)
    return [
        _camera(snapshot, findings),
        _recognition(snapshot, findings),
        _delivery(snapshot, findings),
        _watchlist(snapshot, findings),
        _machine(snapshot, findings, others),
        _software(snapshot, zone),
    ]


def _camera(snapshot: Snapshot, findings: tuple[Finding, ...]) -> Tile:
    view = snapshot.recognise
    age_s = view.figure("frame_age_s")
    key, unit = _rounded(view.figure("frames_per_s")), "pictures per second"
    lines = [
        ("Camera", view.fact("camera")),
        ("Source", view.fact("source")),
        ("Newest picture", None if age_s is None else f"{age_s:.1f} s old"),
        ("Pictures dropped", _counted(view.figure("dropped_frames_total"))),
        ("Looked at, because of heat", cooling(view) or None),
        *_each_camera(view),
    ]
    return _tile("camera", "Camera", view, findings, _CAMERA, key, unit, lines)


def _each_camera(view: ProcessView) -> list[tuple[str, str | None]]:
    """How each of several cameras is, as the recogniser says it."""
    facts = view.state.facts if view.state else {}
    return [
        (f"Camera {name.removeprefix(_OF_CAMERA)}", said)
        for name, said in facts.items()
        if name.startswith(_OF_CAMERA)
    ]


def _recognition(snapshot: Snapshot, findings: tuple[Finding, ...]) -> Tile:
    view = snapshot.recognise
    lines = [
        ("Faces seen", _counted(view.figure("faces_total"))),
        ("Passages", _counted(view.figure("tracks_total"))),
        ("Hits since start", _counted(view.figure("hits_total"))),
    ]
    key, unit = _rounded(sum(stage_times_ms(view).values()) or None), "ms for a picture"
    tile = _tile("recognition", "Recognition", view, findings, _RECOGNITION, key, unit, lines)
    tile.bars.extend(_bars(view))
    return tile


def _bars(view: ProcessView) -> list[Bar]:
    known = {name: time_ms for name, time_ms in stage_times_ms(view).items() if time_ms}
    longest = max(known.values(), default=1.0)
    return [
        Bar(STAGES[name], f"{words.number(time_ms)} ms", round(100 * time_ms / longest, 1))
        for name, time_ms in known.items()
    ]


def _delivery(snapshot: Snapshot, findings: tuple[Finding, ...]) -> Tile:
    view, counts = snapshot.report, snapshot.counts
    connected = view.figure("connected")
    lines = [
        ("Broker", view.fact("broker")),
        ("Connection", None if connected is None else "connected" if connected else "none"),
        ("Sent since start", _counted(view.figure("published_total"))),
        ("Oldest waiting", _age(snapshot, counts.oldest_at if counts else None)),
        ("Ever recorded", _counted(counts.total if counts else None)),
        ("Answers refused", _counted(view.figure("refused_answers_total") or None)),
        ("Last problem", view.fact("last_problem")),
    ]
    waiting = view.figure("backlog_hits")
    key, unit = _counted(waiting), "hit waiting" if waiting == 1 else "hits waiting"
    return _tile("delivery", "Delivery", view, findings, _DELIVERY, key, unit, lines)


def _age(snapshot: Snapshot, then: datetime | None) -> str | None:
    return None if then is None else words.duration((snapshot.taken_at - then).total_seconds())


def _watchlist(snapshot: Snapshot, findings: tuple[Finding, ...]) -> Tile:
    view = snapshot.recognise
    age_s = snapshot.report.figure("watchlist_age_s")
    people = view.figure("watchlist_people")
    lines = [
        ("Age", None if age_s is None else words.duration(age_s)),
        ("Version", _counted(view.figure("watchlist_version"))),
        ("Likeness needed", _rounded(view.figure("threshold"))),
        ("False alarms to expect", _weekly(view.figure("expected_false_alarms_per_week"))),
    ]
    unit = "person" if people == 1 else "people"
    return _tile(
        "watchlist", "Watchlist", view, findings, _WATCHLIST, _counted(people), unit, lines
    )


def _machine(snapshot: Snapshot, findings: tuple[Finding, ...], checks: tuple[str, ...]) -> Tile:
    machine, trusted = snapshot.machine, snapshot.recognise.figure("clock_trusted")
    heat_c, slowed = machine.temperature_c, machine.throttled
    lines = [
        ("Time of day", None if trusted is None else "known" if trusted else "not known yet"),
        ("Disk free", _disk(machine.disk_free_bytes, machine.disk_bytes)),
        ("Memory free", _sized(machine.memory_free_bytes)),
        ("Temperature", None if heat_c is None else f"{heat_c:.0f} °C"),
        ("Slowed down by heat or power", None if slowed is None else "yes" if slowed else "no"),
    ]
    uptime_s = machine.uptime_s
    key = "" if uptime_s is None else words.duration(uptime_s)
    view = snapshot.status
    return _tile("machine", "This box", view, findings, checks, key, "up", lines, certain=True)


def _software(snapshot: Snapshot, zone: tzinfo | None) -> Tile:
    now, view = snapshot.taken_at, snapshot.recognise
    lines = [
        ("Models", view.fact("pack")),
        ("Recogniser", _since(snapshot.recognise, now, zone)),
        ("Reporter", _since(snapshot.report, now, zone)),
        ("As of", words.moment(now, now, zone)),
    ]
    key = snapshot.identity.version
    return _tile("software", "Software", view, (), (), key, "watchpost", lines, certain=True)


def _tile(
    name: str,
    title: str,
    view: ProcessView,
    findings: tuple[Finding, ...],
    checks: tuple[str, ...],
    key: str | None,
    key_unit: str,
    lines: list[tuple[str, str | None]],
    *,
    certain: bool = False,
) -> Tile:
    tone = _tone(findings, checks)
    if tone == "good" and not certain and not view.at_work:
        tone = "plain"
    shown = [(label, value) for label, value in lines if value]
    old = view.standing in _OLD and bool(key or shown) and not certain
    caution = "Figures as last heard, not as of now." if old else ""
    unit = key_unit if key else ""
    return Tile(name, title, tone, _TONES[tone], key or "", unit, shown, caution=caution)


def _tone(findings: tuple[Finding, ...], checks: tuple[str, ...]) -> str:
    found = {one.severity for one in findings if one.check in checks}
    if Severity.FAILURE in found:
        return "failure"
    return "warning" if found else "good"


def _since(view: ProcessView, now: datetime, zone: tzinfo | None) -> str | None:
    if view.state is None or view.standing in (Standing.SILENT, Standing.STOPPED):
        return None
    return f"since {words.moment(view.state.started_at, now, zone)}"


def _counted(value: float | None) -> str | None:
    return None if value is None else f"{value:,.0f}"


def _rounded(value: float | None) -> str | None:
    return None if value is None else words.number(value)


def _weekly(value: float | None) -> str | None:
    return None if value is None else f"{words.number(value)} a week"


def _sized(size_bytes: int | None) -> str | None:
    return None if size_bytes is None else words.size(size_bytes)


def _disk(free_bytes: int | None, size_bytes: int | None) -> str | None:
    if free_bytes is None or size_bytes is None:
        return None
    return f"{words.size(free_bytes)} of {words.size(size_bytes)}"
