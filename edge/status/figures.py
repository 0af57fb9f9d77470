"""What a process's figures are called on the page, and in which unit.

In: a figure's name and value, as in :class:`edge.values.ProcessState`. Out: a
:class:`Figure`. Always: a name that is not in the table is still shown, its words and its
unit taken from the name itself (``queue_wait_ms`` becomes "Queue wait", "ms").
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.status import words

_UNITS = (
    ("_per_s", "per second"),
    ("_percent", "%"),
    ("_bytes", "bytes"),
    ("_ms", "ms"),
    ("_px", "px"),
    ("_s", "s"),
    ("_c", "°C"),
    ("_total", ""),
)
_NAMES = {
    "frames_per_s": ("Pictures per second", ""),
    "frame_ms": ("Time for one picture", "ms"),
    "frame_age_s": ("Newest picture", "s old"),
    "frames_total": ("Pictures looked at", ""),
    "dropped_frames_total": ("Pictures left out", ""),
    "detect_ms": ("Finding faces", "ms"),
    "embed_ms": ("Describing a face", "ms"),
    "match_ms": ("Searching the list", "ms"),
    "faces_total": ("Faces seen", ""),
    "tracks_total": ("Passages seen", ""),
    "hits_total": ("Hits since start", ""),
    "unknown_total": ("Passages of strangers", ""),
    "uncertain_total": ("Passages left uncertain", ""),
    "threshold": ("Likeness needed", ""),
    "expected_false_alarms_per_week": ("False alarms to expect", "per week"),
    "expected_false_alarms_at_most": ("False alarms at the worst", "per week"),
    "expected_miss_rate": ("Short passages missed, as a share", ""),
    "tracks_per_week": ("Strangers' passages", "per week"),
    "watchlist_people": ("People on the list", ""),
    "watchlist_version": ("Watchlist version", ""),
    "clock_trusted": ("Time of day known", ""),
    "connected": ("Connected to broker", ""),
    "backlog_hits": ("Hits waiting", ""),
    "published_total": ("Hits sent since start", ""),
    "requests_total": ("Requests answered", ""),
    "open_streams": ("Pages open now", ""),
}
_YES_OR_NO = {"clock_trusted", "connected"}
_KEY = {
    "recognise": ("frames_per_s", "frame_ms", "watchlist_people", "hits_total"),
    "report": ("connected", "backlog_hits", "published_total", "watchlist_age_s"),
    "status": ("open_streams", "requests_total"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is shown: ``Pictures``, ``10.2``, ``per second``."""

    name: str
    label: str
    value: str
    unit: str


def describe(name: str, value: float) -> Figure:
    """Put one figure into words."""
    if name in _YES_OR_NO:
        return Figure(name, _NAMES[name][0], "yes" if value else "no", "")
    if name == "watchlist_age_s":
        return Figure(name, "Age of watchlist", words.duration(value), "")
    label, unit = _NAMES.get(name) or _from_name(name)
    return Figure(name, label, words.number(value), unit)


def split(process: str, figures: dict[str, float]) -> tuple[list[Figure], list[Figure]]:
    """The few figures that matter most, and all the others by label."""
    first = [name for name in _KEY.get(process, ()) if name in figures]
    others = (describe(name, figures[name]) for name in figures if name not in first)
    return (
        [describe(name, figures[name]) for name in first],
        sorted(others, key=lambda one: one.label),
    )


def _from_name(name: str) -> tuple[str, str]:
    for ending, unit in _UNITS:
        if name.endswith(ending) and len(name) > len(ending):
            return _sentence(name.removesuffix(ending)), unit
    return _sentence(name), ""


def _sentence(name: str) -> str:
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
