"""A run of the benchmark: what its parts find, printed as it is found and kept in `results/`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from tests.load import machine
from tests.load.figures import Figure, floor_of, show_number, verdict

Points: TypeAlias = list[tuple[float, float]]
"""x and y of a curve."""

FIGURES_FILE = "bench.json"
"""Every figure of the last run of each part: a list of {name, value, unit, limit}."""
RUNS_FILE = "runs.json"
"""The same by part, with when, where and of which commit, and the curves that are drawn."""


class PartRun(msgspec.Struct, frozen=True, kw_only=True):
    """The last run of one part."""

    began_at: datetime
    took_s: float
    machine: str
    commit: str
    figures: list[Figure]
    curves: dict[str, Points]
    """By `<picture>.<curve>`."""


class Run:
    """Collects what the parts find."""

    def __init__(self, results: Path, root: Path) -> None:
        self.results = results
        self._root = root
        self._part = ""
        self._began_at = datetime.now(UTC)
        self._figures: dict[str, list[Figure]] = defaultdict(list)
        self._curves: dict[str, dict[str, Points]] = defaultdict(dict)
        results.mkdir(parents=True, exist_ok=True)

    def begin(self, part: str) -> None:
        """What is found from now on belongs to this part."""
        self._part, self._began_at = part, datetime.now(UTC)
        say(f"\n{part}")

    def found(self, name: str, value: float, unit: str, *, limit: float | None = None) -> None:
        """Keep a figure and print it with its limit and its floor."""
        figure = Figure(name, round(value, 4), unit, None if limit is None else round(limit, 4))
        self._figures[self._part].append(figure)
        say(line_of(figure))

    def drew(self, curve: str, points: Points) -> None:
        """Keep a curve for the pictures."""
        self._curves[self._part][curve] = points

    def figure(self, name: str) -> float:
        """A figure that was found earlier in this very run.

        Raises:
            KeyError: it was not.
        """
        return {each.name: each.value for each in self.figures}[name]

    def has(self, name: str) -> bool:
        """Whether a figure was found in this very run."""
        return any(each.name == name for each in self.figures)

    @property
    def figures(self) -> list[Figure]:
        """Everything found in this run."""
        return [figure for figures in self._figures.values() for figure in figures]

    def end(self) -> None:
        """Write down the part that has ended, beside what is known of the others."""
        now = datetime.now(UTC)
        runs = read_runs(self.results)
        runs[self._part] = PartRun(
            began_at=self._began_at,
            took_s=round((now - self._began_at).total_seconds(), 1),
            machine=machine.describe(),
            commit=machine.commit(self._root),
            figures=self._figures[self._part],
            curves=self._curves[self._part],
        )
        figures = [figure for run in runs.values() for figure in run.figures]
        _write(self.results / RUNS_FILE, msgspec.json.encode(runs))
        _write(self.results / FIGURES_FILE, msgspec.json.encode(figures))


def read_runs(results: Path) -> dict[str, PartRun]:
    """The last run of every part that was ever run here."""
    file = results / RUNS_FILE
    if not file.exists():
        return {}
    return msgspec.json.decode(file.read_bytes(), type=dict[str, PartRun])


def line_of(figure: Figure) -> str:
    """A figure as the terminal shows it."""
    floor = floor_of(figure)
    return "  ".join(
        (
            f"  {figure.name:38}",
            f"{show_number(figure.value):>9} {figure.unit:14}",
            f"limit {show_number(figure.limit):>9}",
            f"floor {floor} {verdict(figure)}" if floor else "",
        )
    ).rstrip()


def missed(figures: Sequence[Figure]) -> list[Figure]:
    """Those that do not reach their floor."""
    return [figure for figure in figures if verdict(figure) == "MISSED"]


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(msgspec.json.format(content, indent=2) + b"\n")
