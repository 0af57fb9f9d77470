"""Draws DET curves: FNIR over FPIR, both on log scales, with their bootstrap bands.

In: named curves. Out: a PNG or SVG file. Needs matplotlib (extra ``eval``); without it an error
says so. Only rates are drawn: no face, score of a person, or name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.errors import ConfigError
from edge.eval.det_curve import Point

ENDINGS = (".png", ".svg")
_FLOOR = 1e-3


def check_plot(path: Path) -> None:
    """Fail before anything is measured for what cannot be drawn.

    Raises:
        ConfigError: matplotlib is not installed, or the file's name or folder does not do.
    """
    if path.suffix.lower() not in ENDINGS or not path.parent.is_dir():
        raise ConfigError(
            f"The plot cannot be written to {path}.",
            f"Give a file name that ends in {' or '.join(ENDINGS)}, in a folder that exists.",
        )
    try:
        import matplotlib  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ConfigError(
            "Plots need matplotlib, which is not installed.",
            "Install it with `pip install 'watchpost[eval]'`, or leave out --plot.",
        ) from error


def draw(curves: Mapping[str, Sequence[Point]], path: Path) -> None:
    """Draw curves into one picture.

    Raises:
        ConfigError: see :func:`check_plot`; or the file cannot be written.
    """
    check_plot(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.add_subplot()
    for name, points in curves.items():
        rates = [point.fpir for point in points]
        (line,) = axes.plot(rates, [max(_FLOOR, p.fnir) for p in points], label=name)
        low, high = ([max(_FLOOR, value) for value in ends] for ends in _ends(points))
        axes.fill_between(rates, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.set(xscale="log", yscale="log", xlim=(1e-3, 1), ylim=(_FLOOR, 1))
    axes.set(xlabel="FPIR: strangers taken for someone", ylabel="FNIR: enrolled people missed")
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(title="95 % band over people", fontsize="small", loc="upper right")
    try:
        figure.savefig(path, dpi=110, metadata=_dateless(path))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror}).", "Check the folder and free space."
        ) from error


def _ends(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [point.low for point in points], [point.high for point in points]


def _dateless(path: Path) -> dict[str, None] | None:
    return {"Date": None} if path.suffix.lower() == ".svg" else None
