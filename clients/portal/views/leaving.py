"""What leaving would cost, as a table and as steps (design, "Step chart"; PRODUCT.md, invariant 8)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.enrolment import LeavingCosts
from clients.portal.words import Words

_BASE_LINE, _FULL_HEIGHT = 190, 160
_LAST_WIDTH = 17.1
"""Of what holds for good, in percent."""
_LEAST_WIDTH = 16.0
"""Of every step, so that an amount fits above it on a phone."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What leaving in one period costs."""

    when: str
    kept: str
    back: str
    is_now: bool


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One rectangle: horizontal in percent, vertical in pixels."""

    x: str
    width: str
    y: int
    height: int
    amount: str
    since: str
    is_last: bool

    @property
    def above(self) -> int:
        """Where its amount stands."""
        return self.y - 8


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """Table and chart."""

    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    """None where the costs never change."""
    summary: str


class _Period(msgspec.Struct, frozen=True):
    since: datetime | None
    """None: already."""
    until: datetime | None
    kept_minor: int


def leaving_of(
    costs: LeavingCosts, *, starts_at: datetime, words: Words, zone: ZoneInfo, now: datetime
) -> Leaving:
    """Make them. Periods that are over are left out."""
    periods = _periods(costs, now)
    moments = _Moments(words, zone, starts_at)

    def money(minor: int) -> str:
        return words.money(minor, costs.currency)

    lines = [
        Line(
            when=moments.between(each.since, each.until),
            kept=money(each.kept_minor),
            back=money(costs.fee_minor - each.kept_minor),
            is_now=number == 0,
        )
        for number, each in enumerate(periods)
    ]
    cancelled = Line(
        when=words.say("leaving.if_we_cancel"),
        kept=money(0),
        back=money(costs.fee_minor),
        is_now=False,
    )
    return Leaving(
        lines=(*lines, cancelled),
        steps=_steps(periods, costs, moments, words, now),
        summary="; ".join(f"{line.when}: {line.kept}" for line in lines),
    )


def _periods(costs: LeavingCosts, now: datetime) -> list[_Period]:
    periods: list[_Period] = []
    for cost in costs.costs:
        if cost.until is not None and cost.until <= now:
            continue
        since = periods[-1].until if periods else None
        periods.append(_Period(since, cost.until, cost.kept_minor))
    return periods


class _Moments:
    """Says when, as people say it: days where it is about days, the start where it is about that."""

    def __init__(self, words: Words, zone: ZoneInfo, starts_at: datetime) -> None:
        self._words = words
        self._zone = zone
        self._starts_at = starts_at

    def between(self, since: datetime | None, until: datetime | None) -> str:
        said = [self._since(since)] if since is not None else []
        if until is not None:
            said.append(self._until(until))
        return " ".join(said) or self._words.say("leaving.always")

    def on_axis(self, at: datetime) -> str:
        day = self._words.limit(at).partition(" ")[2]
        is_start = at == self._starts_at
        return self._words.say("leaving.axis_start", day=day) if is_start else day

    def _since(self, at: datetime) -> str:
        facts = {"day": self._words.limit(at), "time": self._words.clock(at)}
        if at == self._starts_at:
            return self._words.say("leaving.from_start", **facts)
        key = "leaving.from_day" if self._is_midnight(at) else "leaving.from_moment"
        return self._words.say(key, **facts)

    def _until(self, at: datetime) -> str:
        if at == self._starts_at:
            return self._words.say("leaving.until_start")
        if self._is_midnight(at):
            last_day = at.astimezone(self._zone) - timedelta(days=1)
            return self._words.say("leaving.until_day", day=self._words.limit(last_day))
        facts = {"day": self._words.limit(at), "time": self._words.clock(at)}
        return self._words.say("leaving.until_moment", **facts)

    def _is_midnight(self, at: datetime) -> bool:
        local = at.astimezone(self._zone)
        return (local.hour, local.minute) == (0, 0)


def _steps(
    periods: Sequence[_Period],
    costs: LeavingCosts,
    moments: _Moments,
    words: Words,
    now: datetime,
) -> tuple[Step, ...]:
    if len(periods) < 2 or not costs.fee_minor:  # noqa: PLR2004 - one step is no chart.
        return ()
    steps: list[Step] = []
    x = 0.0
    for number, (period, width) in enumerate(
        zip(periods, _widths(periods, now), strict=True), start=1
    ):
        height = round(_FULL_HEIGHT * period.kept_minor / costs.fee_minor)
        today = words.limit(now).partition(" ")[2]
        steps.append(
            Step(
                x=f"{x:.1f}%",
                width=f"{width:.1f}%",
                y=_BASE_LINE - height,
                height=height,
                amount=words.money(period.kept_minor, costs.currency),
                since=words.say("leaving.axis_today", day=today)
                if period.since is None
                else moments.on_axis(period.since),
                is_last=number == len(periods),
            )
        )
        x += width
    return tuple(steps)


def _widths(periods: Sequence[_Period], now: datetime) -> list[float]:
    """In percent: by how long each lasts, but wide enough to be read; what holds for good is last."""
    lasting = [(each.until - (each.since or now)).total_seconds() for each in periods if each.until]
    room = 100 - _LAST_WIDTH - _LEAST_WIDTH * len(lasting)
    every = sum(lasting) or 1
    return [_LEAST_WIDTH + room * each / every for each in lasting] + [_LAST_WIDTH]
