"""What it costs to leave, as a sentence needs it: amounts with the last day that each holds."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from contracts.enrolment import LeavingCost


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """This much is kept of whoever leaves: from a day, up to a limit, or for good."""

    kept_minor: int
    from_day: date | None = None
    """Where the price before it ended with a day."""
    last_day: date | None = None
    """Until and including."""
    until_start: bool = False
    until_at: datetime | None = None
    """Any other limit, an instant."""


def prices_of_leaving(
    costs: Iterable[LeavingCost], *, starts_at: datetime, zone: ZoneInfo, now: datetime
) -> tuple[Price, ...]:
    """What leaving costs from now on, in order of time (invariant 8: by the rule that is applied)."""
    prices: list[Price] = []
    from_day: date | None = None
    for cost in costs:
        if cost.until is not None and cost.until <= now:
            continue
        last_day = _last_day(cost.until, zone)
        until_start = cost.until == starts_at
        prices.append(
            Price(
                kept_minor=cost.kept_minor,
                from_day=from_day,
                last_day=None if until_start else last_day,
                until_start=until_start,
                until_at=None if until_start or last_day else cost.until,
            )
        )
        from_day = last_day + timedelta(days=1) if last_day and not until_start else None
    return tuple(prices)


def _last_day(until: datetime | None, zone: ZoneInfo) -> date | None:
    """The day that ends at this instant, if one does."""
    if until is None:
        return None
    local = until.astimezone(zone)
    return local.date() - timedelta(days=1) if local.time() == time() else None
