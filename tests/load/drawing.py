"""Pictures of what was measured, as SVG: latency over load, throughput against the limit."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure as Sheet

from tests.load.figures import Figure, floor_of
from tests.load.run import PartRun, Points

_INK, _QUIET, _ACCENT, _LIMIT = "#15171c", "#8a8f98", "#0b5fa5", "#c9d6e3"
_STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",  # Text stays text: small, searchable, in the reader's own font.
    "svg.hashsalt": "bench",  # The same figures make the same file.
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _QUIET,
    "ytick.color": _INK,
}
_THROUGHPUT = (
    "hot.accepted_per_s",
    "spread.accepted_per_s",
    "story.per_s",
    "facts.per_s",
    "mass.reminders_per_s",
    "mass.certificates_per_s",
)
_LATENCY_FLOOR = (500, 100)
"""Requests per second, and milliseconds that 99 in 100 of them may take there."""


def draw(runs: Mapping[str, PartRun], folder: Path) -> list[Path]:
    """Draw what there is to draw, and return the files."""
    curves = {name: points for run in runs.values() for name, points in run.curves.items()}
    figures = [figure for run in runs.values() for figure in run.figures]
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_STYLE):
        sheets = {
            "latency.svg": draw_latency(_of_picture("latency", curves)),
            "throughput.svg": draw_throughput(_named(_THROUGHPUT, figures)),
        }
        drawn = []
        for name, sheet in sheets.items():
            if sheet is not None:
                sheet.savefig(folder / name, metadata={"Date": None}, bbox_inches="tight")
                drawn.append(folder / name)
    return drawn


def draw_latency(curves: Mapping[str, Points]) -> Sheet | None:
    """Milliseconds over requests per second; None without a curve."""
    if not any(curves.values()):
        return None
    sheet = Sheet(figsize=(7, 3.6))
    axes = sheet.subplots()
    for (name, points), colour in zip(curves.items(), (_QUIET, _ACCENT), strict=False):
        across, up = zip(*points, strict=True)
        axes.plot(across, up, marker="o", color=colour, linewidth=2)
        axes.annotate(
            name, points[-1], xytext=(6, 0), textcoords="offset points", color=colour, va="center"
        )
    axes.plot(*_LATENCY_FLOOR, marker="v", color=_INK, linestyle="none")
    axes.annotate(
        "allowed at 500/s",
        _LATENCY_FLOOR,
        xytext=(0, 8),
        textcoords="offset points",
        color=_INK,
        ha="center",
    )
    axes.set_yscale("log")
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g} ms")
    axes.set_xlabel("requests for a place in one offering, per second")
    axes.set_title("How long an answer takes", loc="left", fontweight="bold")
    return sheet


def draw_throughput(figures: Sequence[Figure]) -> Sheet | None:
    """A bar for each figure, as a part of its limit; None without figures."""
    limited = [figure for figure in figures if figure.limit]
    if not limited:
        return None
    sheet = Sheet(figsize=(7, 0.6 * len(limited) + 0.9))
    axes = sheet.subplots()
    for row, figure in enumerate(reversed(limited)):
        limit = figure.limit or figure.value
        axes.barh(row, 1, color=_LIMIT, height=0.6)
        axes.barh(row, figure.value / limit, color=_ACCENT, height=0.32)
        floor = floor_of(figure)
        if floor is not None and floor.at_least is not None:
            axes.plot([floor.at_least / limit] * 2, [row - 0.3, row + 0.3], color=_INK, linewidth=2)
        axes.annotate(
            f"{figure.value:,.0f} of {limit:,.0f} {figure.unit}",
            (max(1.0, figure.value / limit), row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(range(len(limited)), [figure.name for figure in reversed(limited)])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title("Reached (blue), limit (grey), floor (line)", loc="left", fontweight="bold")
    return sheet


def _of_picture(picture: str, curves: Mapping[str, Points]) -> dict[str, Points]:
    """The curves of one picture, by their own names."""
    return {
        name.partition(".")[2]: points
        for name, points in curves.items()
        if name.partition(".")[0] == picture
    }


def _named(names: Iterable[str], figures: Sequence[Figure]) -> list[Figure]:
    by_name = {figure.name: figure for figure in figures}
    return [by_name[name] for name in names if name in by_name]
