"""What a part of the benchmark works with."""

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.lab import Lab, laboratory
from tests.load.people import Crowd
from tests.load.run import Points, Run

_LEAST_SHARE = 0.02
"""Processes that take less of the CPU than this are not told of one by one."""


@dataclass
class Bench:
    """A place to start systems in, people to use them, and a book to write figures into."""

    run: Run
    crowd: Crowd
    folder: Path
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)

    def laboratory(self) -> AbstractAsyncContextManager[Lab]:
        """The system, started anew: what one measurement leaves behind is not in the way of the next."""
        return laboratory(self.folder, self.crowd)

    def found(self, name: str, value: float, unit: str, *, limit: float | None = None) -> None:
        """Keep a figure."""
        self.run.found(name, value, unit, limit=limit)

    def drew(self, curve: str, points: Points) -> None:
        """Keep a curve."""
        self.run.drew(curve, points)

    def most_per_s(
        self, done: int, before: Mapping[str, float], after: Mapping[str, float]
    ) -> float:
        """What all cores would do if none ever waited: as many as fit into their time."""
        return done * self.cores / sum(after[name] - before.get(name, 0.0) for name in after)

    def found_cpu(
        self, part: str, done: int, before: Mapping[str, float], after: Mapping[str, float]
    ) -> None:
        """Keep what one of the things done took of the cores, by process, in microseconds."""
        used = {name: after[name] - before.get(name, 0.0) for name in after}
        together = sum(used.values())
        self.found(f"{part}.cpu_us", together / done * 1e6, "µs each")
        for name, seconds in sorted(used.items(), key=lambda each: -each[1]):
            if seconds >= together * _LEAST_SHARE:
                self.found(f"{part}.cpu_us.{name}", seconds / done * 1e6, "µs each")

    def must_be_none(self, part: str, refused: Mapping[int, int]) -> None:
        """Say it aloud where requests were not accepted: then the other figures say little."""
        for status, count in refused.items():
            self.found(f"{part}.answered_{status or 'nothing'}", count, "requests", limit=0)
