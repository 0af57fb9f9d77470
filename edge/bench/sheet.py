"""The sheet of ``watchpost bench``: what one board does, in Markdown that can be shared.

In: the figures of this folder's measurements. Out: text. Always: nothing names the box, its site
or anybody on a list; what was left out is not in the sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HEAD = "| | |\n| --- | --- |"
_MIB = 1024**2


def sheet(found: Mapping[str, Any]) -> str:
    """All tables of a run.

    Args:
        found: as :func:`edge.compose.bench.measure` returns it.
    """
    parts = [_board(found)]
    parts += [table(found[name]) for name, table in _TABLES.items() if name in found]
    return "\n\n".join(parts)


def _board(found: Mapping[str, Any]) -> str:
    board = found["board"]
    name = board["model"] or board["processor"]
    rows = {
        "board": name,
        "processor": f"{board['processor']}, {board['cores']} cores",
        "memory": f"{board['memory_bytes'] / _MIB:,.0f} MiB",
        "clock rate chosen by": board["governor"] or "not told",
        "system": board["system"],
        "watchpost": f"{found['watchpost']}, pack {found['pack']}, {found['runtime']}",
        "measured": f"{found['began_at'][:10]}, {found['took_s']:.0f} s"
        + (", quick: too few turns to compare closely" if found["quick"] else ""),
        "load before": f"{found['load_before']:.2f}",
        "processor's heat before and after": _heat(found),
    }
    return _table(f"## watchpost on {name}", rows)


def _heat(found: Mapping[str, Any]) -> str:
    before, after = (found[f"temperature_{when}_c"] for when in ("before", "after"))
    if before is None or after is None:
        return "not told"
    slowed = ", **slowed down by the firmware**" if found["throttled"] else ""
    return f"{before:.0f} °C, {after:.0f} °C{slowed}"


def _engines(one: Mapping[str, float]) -> str:
    rows = {
        f"{model}, {threads} thread{'s' if threads == 2 else ''}": _ms(
            one[f"{model}_{threads}_threads_ms"]
        )
        for model in ("detector", "embedder")
        for threads in (1, 2)
    }
    return _table("### One inference, median", rows)


def _clip(one: Mapping[str, float]) -> str:
    stages = ", ".join(
        f"{name} {one[name]:.2f}" for name in ("gate", "detect", "track", "align", "embed", "match")
    )
    rows = {
        "a frame, decoding apart, mean": _ms(one["frame"]),
        "so many frames a second at most": f"{1000 / one['frame']:.0f}",
        "ms by stage": stages,
    }
    return _table("### The demo's film, 1280×720, its people enrolled", rows)


def _crowd(one: Mapping[str, float]) -> str:
    rows = {
        "a frame, processor time, median": _ms(one["frame_ms"]),
        "of it not inference": f"{100 * one['non_inference_share']:.1f} %",
        "bytes copied, by the tally": f"{one['copied_bytes_per_frame'] / 1e6:.1f} MB",
    }
    return _table("### Three strangers in each frame, every face embedded", rows)


def _search(one: Mapping[str, float]) -> str:
    rows = {
        "one face, every template compared": _ms(one["one_ms"]),
        "by the time of reading those bytes once": f"{one['ratio_to_read_pass']:.2f}",
    }
    return _table(f"### Search in {one['people']:,.0f} people", rows)


def _energy(one: Mapping[str, float]) -> str:
    names = {"empty": "nobody there", "waiting": "somebody waits", "busy": "three strangers"}
    rows = {
        word: f"{one[f'{name}_cpu_s_per_hour']:,.0f} s;"
        f" {one[f'{name}_unspared_cpu_s_per_hour']:,.0f} s without savings"
        for name, word in names.items()
    }
    rows["share of a core for an empty scene"] = f"{100 * one['empty_share_of_a_core']:.1f} %"
    return _table("### Processor time of an hour at 10 frames a second, extrapolated", rows)


def _memory(one: Mapping[str, float]) -> str:
    rows = {
        "recognition with its models": _size(one["pipeline_rss_bytes"]),
        "each 100,000 people more": _size(one["rss_bytes_per_100000_people"]),
    }
    return _table("### Memory, resident", rows)


def _store(one: Mapping[str, float]) -> str:
    rows = {
        "one at a time": f"{one['append_hits_per_s']:,.0f} a second",
        "by flushes of the disk (`fdatasync`)": f"{one['commit_ratio_to_fdatasync']:.2f} of"
        f" {one['fdatasync_per_s']:,.0f} a second",
        "many that wait, by flushes of the disk": f"{one['group_commit_ratio']:.1f}",
    }
    return _table("### Hits stored for good", rows)


_TABLES = {
    "engines": _engines,
    "clip": _clip,
    "crowd": _crowd,
    "search": _search,
    "energy": _energy,
    "memory": _memory,
    "store": _store,
}


def _table(title: str, rows: Mapping[str, str]) -> str:
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join([title, "", _HEAD, *lines])


def _ms(value: float) -> str:
    return f"{value:.2f} ms"


def _size(value: float) -> str:
    return f"{value / _MIB:,.0f} MiB"
