"""What was measured, and the floors that it has to reach (issue 3, "make bench")."""

from typing import Literal, TypeAlias

import msgspec

Verdict: TypeAlias = Literal["reached", "MISSED", ""]


class Figure(msgspec.Struct, frozen=True):
    """One measured figure."""

    name: str
    """`<part>.<what>`, with its unit at the end of the name where one could doubt."""
    value: float
    unit: str
    limit: float | None = None
    """What the same machine reached in the same run without the part in question, where that was measured."""


class Floor(msgspec.Struct, frozen=True):
    """What a figure has to reach. They are floors, not targets to stop at."""

    at_least: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        return f"≥ {self.at_least:,g}" if self.at_least is not None else f"≤ {self.at_most:,g}"

    def holds(self, value: float) -> bool:
        above = self.at_least is None or value >= self.at_least
        return above and (self.at_most is None or value <= self.at_most)


FLOORS: dict[str, Floor] = {
    "hot.accepted_per_s": Floor(at_least=1500),
    "hot.ratio_to_bare_edge": Floor(at_least=0.8),
    "hot.p99_ms_at_500": Floor(at_most=100),
    "stampede.oversold": Floor(at_most=0),
    "stampede.errors": Floor(at_most=0),
    "story.per_s": Floor(at_least=100),
    "story.paid_to_mail_p99_s": Floor(at_most=2),
    "facts.p99_ms_at_200": Floor(at_most=50),
    "facts.per_s": Floor(at_least=2000),
    "mass.reminders_per_s": Floor(at_least=300),
    "mass.certificates_per_s_per_core": Floor(at_least=50),
    "growth.worst_ratio": Floor(at_least=0.9),
    "portal.cpu_p95_ms": Floor(at_most=50),
    "memory.idle_mb": Floor(at_most=1024),
    "memory.peak_mb": Floor(at_most=1536),
}
NO_SLOWER_THAN_ITS_LIMIT = frozenset({"spread.accepted_per_s"})
"""Their floor is measured in the same run: it is their limit."""


def floor_of(figure: Figure) -> Floor | None:
    """What this figure has to reach; None for those that only explain others."""
    if figure.name in NO_SLOWER_THAN_ITS_LIMIT:
        return Floor(at_least=figure.limit)
    return FLOORS.get(figure.name)


def verdict(figure: Figure) -> Verdict:
    """Whether a figure reaches its floor; nothing for those that have none."""
    floor = floor_of(figure)
    if floor is None:
        return ""
    return "reached" if floor.holds(figure.value) else "MISSED"


def show_number(value: float | None) -> str:
    """A number as people read it: three digits at least where it is small, none after the point where it is not."""
    if value is None:
        return "–"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
