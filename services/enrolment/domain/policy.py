"""What leaving costs, computed from a cancellation policy that is data.

Source: PRODUCT.md, "Cancellation policies are data". The same functions show the costs before
enrolling and compute them when somebody leaves (invariant 8).
"""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from contracts.catalogue import CancellationPolicy, Kept, Moment
from contracts.enrolment import LeavingCost

Occasion = Literal["leaving", "medical", "switching", "organiser"]

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One enrolment, as far as a policy looks at it."""

    policy: CancellationPolicy
    fee_minor: int
    signed_up_at: datetime
    enrolment_closes_at: datetime
    starts_at: datetime
    zone: ZoneInfo


def kept_minor(case: Case, at: datetime, occasion: Occasion = "leaving") -> int:
    """What the institution keeps when somebody leaves at this instant, in minor units.

    A percentage is rounded down, in favour of the learner.
    """
    return _amount(_kept(case, at, occasion), case.fee_minor)


def leaving_costs(case: Case) -> tuple[LeavingCost, ...]:
    """What leaving costs from signing up on: in order of time, the last without an end."""
    costs: list[LeavingCost] = []
    reached = case.signed_up_at
    for step in case.policy.steps:
        until = None if step.until is None else instant_of(step.until, case)
        if until is not None and until <= reached:
            continue  # Over before it could begin.
        kept = _amount(step.kept, case.fee_minor)
        if costs and costs[-1].kept_minor == kept:
            costs.pop()  # Two steps that cost the same are one.
        costs.append(LeavingCost(until=until, kept_minor=kept))
        if until is None:
            break
        reached = until
    return tuple(costs)


def dropped_sessions_share_minor(fee_minor: int, *, dropped: int, planned: int) -> int:
    """What sessions that the organiser dropped give back, rounded up in favour of the learner."""
    return -(-fee_minor * dropped // planned)


def instant_of(moment: Moment, case: Case) -> datetime:
    """The first instant after a policy's moment: midnight after a day named "until and including"."""
    anchor = {
        "start": case.starts_at,
        "sign_up": case.signed_up_at,
        "enrolment_deadline": case.enrolment_closes_at,
    }[moment.anchor]
    if moment.unit == "exactly":
        return anchor
    day = anchor.astimezone(case.zone).date()
    if moment.unit == "days":
        last = day + moment.count * _ONE_DAY
    elif moment.unit == "working_days":
        last = _count_working_days(day, moment.count)
    else:
        monday = day - day.weekday() * _ONE_DAY
        last = monday + (7 * moment.count - 1) * _ONE_DAY
    return datetime.combine(last + _ONE_DAY, time(), case.zone).astimezone(UTC)


def _kept(case: Case, at: datetime, occasion: Occasion) -> Kept:
    policy = case.policy
    if occasion == "organiser":
        return Kept()
    if occasion == "medical" and policy.kept_with_medical_proof is not None:
        return policy.kept_with_medical_proof
    if occasion == "switching" and policy.kept_when_switching is not None:
        return policy.kept_when_switching
    for step in policy.steps:
        if step.until is None or at < instant_of(step.until, case):
            return step.kept
    return policy.steps[-1].kept


def _amount(kept: Kept, fee_minor: int) -> int:
    return min(fee_minor, fee_minor * kept.percent // 100 + kept.fixed_minor)


def _count_working_days(day: date, count: int) -> date:
    """The day that lies `count` working days away; Monday to Friday without Dutch public holidays."""
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    left = abs(count)
    while left:
        day += step
        if _is_working_day(day):
            left -= 1
    return day


def _is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in _public_holidays()


@cache
def _public_holidays() -> Container[date]:
    """Of the Netherlands. Read where a policy first counts working days: few do, and it takes 10 MB."""
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays("NL")
