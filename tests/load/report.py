"""The tables of docs/performance.md, made from what was measured."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.load.figures import Figure, floor_of, show_number, verdict
from tests.load.run import PartRun

_BEGINS, _ENDS = "<!-- measured: begin -->", "<!-- measured: end -->"
_HEAD = ("| figure | value | unit | limit | floor | |", "|---|--:|---|--:|--:|---|")


def put_into(document: str, written: str) -> str:
    """A document with everything between its two marks replaced.

    Raises:
        ValueError: it does not have them.
    """
    between = re.compile(f"{re.escape(_BEGINS)}.*{re.escape(_ENDS)}", re.DOTALL)
    if not between.search(document):
        raise ValueError(f"There is no {_BEGINS} … {_ENDS}.")
    return between.sub(lambda _: f"{_BEGINS}\n{written}\n{_ENDS}", document)


def write_report(runs: Mapping[str, PartRun], pictures: Sequence[Path], beside: Path) -> str:
    """Everything that was measured, as Markdown.

    Args:
        runs: the last run of every part.
        pictures: what was drawn of it.
        beside: the folder of the document, which pictures are linked from.
    """
    lines = [*_table(figure for run in runs.values() for figure in run.figures if floor_of(figure))]
    lines.append("")
    lines += [f"![{each.stem}]({each.relative_to(beside).as_posix()})" for each in pictures]
    for part, run in runs.items():
        lines += [
            "",
            f"### {part}",
            f"{run.began_at:%d %B %Y, %H:%M} UTC, commit {run.commit}, {run.took_s:.0f} s, on {run.machine}.",
            "",
            *_table(run.figures),
        ]
    return "\n".join(lines)


def _table(figures: Iterable[Figure]) -> Iterator[str]:
    yield from _HEAD
    for figure in figures:
        floor = floor_of(figure)
        yield (
            f"| `{figure.name}` | {show_number(figure.value)} | {figure.unit} "
            f"| {show_number(figure.limit)} | {floor or ''} | {verdict(figure)} |"
        )
