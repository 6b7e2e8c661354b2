"""What leaving costs, by the four real policies of the product and by any policy at all."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import CancellationPolicy, Kept, Moment, PolicyStep
from services.enrolment.domain.policy import (
    Case,
    dropped_sessions_share_minor,
    instant_of,
    kept_minor,
    leaving_costs,
)
from tests.support.examples import both

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FREE, HALF, EVERYTHING = Kept(), Kept(percent=50), Kept(percent=100)


def policy(*steps: tuple[Moment | None, Kept], **more: object) -> CancellationPolicy:
    return CancellationPolicy(
        policy_id=UUID(int=1),
        version=1,
        name=both("A policy"),
        text=both("Its text"),
        text_hash="a" * 64,
        steps=tuple(PolicyStep(until=until, kept=kept) for until, kept in steps),
        **more,  # type: ignore[arg-type] # Optional fields, by name.
    )


def days_before_start(days: int) -> Moment:
    return Moment(anchor="start", unit="days", count=-days)


AT_START = Moment(anchor="start", unit="exactly")

# 1. Until 14 days before the start 85 % back, later 50 %, after the start nothing; switching costs 10 euros.
UNIVERSITY = policy(
    (days_before_start(14), Kept(percent=15)),
    (AT_START, HALF),
    (None, EVERYTHING),
    kept_when_switching=Kept(fixed_minor=1000),
)
# 2. Free within 14 days of sign-up, then 40 euros, nothing back in the last two weeks but with medical proof.
ACADEMY = policy(
    (Moment(anchor="sign_up", unit="days", count=14), FREE),
    (days_before_start(15), Kept(fixed_minor=4000)),
    (None, EVERYTHING),
    kept_with_medical_proof=Kept(fixed_minor=4000),
    dropped_session_pro_rata=True,
)
# 3. After the deadline: 10 % kept before the start, 40 % in the first week, everything from the second.
COLLEGE = policy(
    (Moment(anchor="enrolment_deadline", unit="exactly"), FREE),
    (AT_START, Kept(percent=10)),
    (Moment(anchor="start", unit="course_weeks", count=1), Kept(percent=40)),
    (None, EVERYTHING),
)
# 4. 45 euros kept until 10 working days before, then everything.
INSTITUTE = policy(
    (Moment(anchor="start", unit="working_days", count=-10), Kept(fixed_minor=4500)),
    (None, EVERYTHING),
)


def amsterdam(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=AMSTERDAM)


def case(of: CancellationPolicy, **changes: object) -> Case:
    """€195.00, signed up on 10 March 2027, deadline 6 April, start on Tuesday 13 April 2027 at 18:30."""
    fields: dict[str, object] = {
        "policy": of,
        "fee_minor": 19500,
        "signed_up_at": amsterdam(2027, 3, 10, 14, 29),
        "enrolment_closes_at": amsterdam(2027, 4, 6, 23, 59),
        "starts_at": amsterdam(2027, 4, 13, 18, 30),
        "zone": AMSTERDAM,
    }
    return Case(**fields | changes)  # type: ignore[arg-type] # Fields by name.


@pytest.mark.parametrize(
    ("of", "at", "kept"),
    [
        (UNIVERSITY, amsterdam(2027, 3, 30, 23, 59), 2925),
        (UNIVERSITY, amsterdam(2027, 3, 31), 9750),
        (UNIVERSITY, amsterdam(2027, 4, 13, 18, 29), 9750),
        (UNIVERSITY, amsterdam(2027, 4, 13, 18, 30), 19500),
        (ACADEMY, amsterdam(2027, 3, 24, 23, 59), 0),
        (ACADEMY, amsterdam(2027, 3, 25), 4000),
        (ACADEMY, amsterdam(2027, 3, 29, 23, 59), 4000),
        (ACADEMY, amsterdam(2027, 3, 30), 19500),
        (COLLEGE, amsterdam(2027, 4, 6, 23, 58), 0),
        (COLLEGE, amsterdam(2027, 4, 6, 23, 59), 1950),
        (COLLEGE, amsterdam(2027, 4, 18, 23, 59), 7800),
        (COLLEGE, amsterdam(2027, 4, 19), 19500),
        (INSTITUTE, amsterdam(2027, 3, 30, 23, 59), 4500),
        (INSTITUTE, amsterdam(2027, 3, 31), 19500),
    ],
)
def test_the_four_real_policies_keep_what_they_say(
    of: CancellationPolicy, at: datetime, kept: int
) -> None:
    assert kept_minor(case(of), at) == kept


def test_public_holidays_are_no_working_days() -> None:
    after_easter = case(INSTITUTE, starts_at=amsterdam(2027, 4, 6, 9))

    # 10 working days back from Tuesday 6 April 2027, over Good Friday 26 and Easter Monday 29 March.
    assert kept_minor(after_easter, amsterdam(2027, 3, 19, 23, 59)) == 4500
    assert kept_minor(after_easter, amsterdam(2027, 3, 20)) == 19500


def test_switching_costs_ten_euros_instead() -> None:
    assert kept_minor(case(UNIVERSITY), amsterdam(2027, 4, 12), "switching") == 1000


def test_medical_proof_brings_back_all_but_the_fixed_amount() -> None:
    assert kept_minor(case(ACADEMY), amsterdam(2027, 4, 12), "medical") == 4000


def test_medical_proof_changes_nothing_where_the_policy_does_not_know_it() -> None:
    assert kept_minor(case(UNIVERSITY), amsterdam(2027, 4, 12), "medical") == 9750


def test_nothing_is_kept_when_the_organiser_cancels() -> None:
    assert kept_minor(case(INSTITUTE), amsterdam(2027, 4, 14), "organiser") == 0


def test_a_dropped_session_gives_back_its_share_rounded_in_favour_of_the_learner() -> None:
    assert dropped_sessions_share_minor(10000, dropped=1, planned=3) == 3334


def test_costs_are_listed_in_order_with_their_ends() -> None:
    listed = [(each.until, each.kept_minor) for each in leaving_costs(case(UNIVERSITY))]

    assert listed == [
        (amsterdam(2027, 3, 31), 2925),
        (amsterdam(2027, 4, 13, 18, 30), 9750),
        (None, 19500),
    ]


def test_steps_that_are_over_before_signing_up_are_not_listed() -> None:
    late = case(UNIVERSITY, signed_up_at=amsterdam(2027, 4, 5))

    assert [each.kept_minor for each in leaving_costs(late)] == [9750, 19500]


def test_until_and_including_a_day_ends_at_midnight_also_when_clocks_change() -> None:
    over_the_change = case(UNIVERSITY, starts_at=amsterdam(2027, 4, 11, 9))

    # 14 days before is 28 March 2027, a day of 23 hours.
    end = instant_of(days_before_start(14), over_the_change)

    assert end.astimezone(UTC) == datetime(2027, 3, 28, 22, tzinfo=UTC)


def test_fourteen_days_before_the_first_of_march_knows_leap_years() -> None:
    leap = case(UNIVERSITY, starts_at=amsterdam(2028, 3, 1, 9))

    assert instant_of(days_before_start(1), leap).astimezone(AMSTERDAM).date() == date(2028, 3, 1)
    assert instant_of(days_before_start(2), leap).astimezone(AMSTERDAM).date() == date(2028, 2, 29)


moments = st.builds(
    Moment,
    anchor=st.sampled_from(["start", "sign_up", "enrolment_deadline"]),
    unit=st.sampled_from(["days", "working_days", "exactly"]),
    count=st.integers(-40, 40),
) | st.builds(
    Moment, anchor=st.just("start"), unit=st.just("course_weeks"), count=st.integers(1, 10)
)
kepts = st.builds(Kept, percent=st.integers(0, 100), fixed_minor=st.integers(0, 30000))
policies = st.builds(
    lambda steps, last: policy(*steps, (None, last)),
    st.lists(st.tuples(moments, kepts), max_size=5),
    kepts,
)
instants = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: amsterdam(2026, 1, 1) + timedelta(minutes=minutes)
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    signed_up_at = draw(instants)
    starts_at = signed_up_at + timedelta(minutes=draw(st.integers(1, 500_000)))
    return Case(
        policy=draw(policies),
        fee_minor=draw(st.integers(0, 1_000_000)),
        signed_up_at=signed_up_at,
        enrolment_closes_at=starts_at - timedelta(minutes=draw(st.integers(0, 50_000))),
        starts_at=starts_at,
        zone=AMSTERDAM,
    )


@given(cases(), st.integers(0, 1_000_000))
def test_what_is_shown_before_is_what_is_applied_after(of: Case, minutes_later: int) -> None:
    at = of.signed_up_at + timedelta(minutes=minutes_later)
    shown = next(each for each in leaving_costs(of) if each.until is None or at < each.until)

    assert kept_minor(of, at) == shown.kept_minor


@given(cases(), instants)
def test_never_more_is_kept_than_was_paid(of: Case, at: datetime) -> None:
    assert 0 <= kept_minor(of, at) <= of.fee_minor


@given(cases())
def test_costs_have_rising_ends_and_the_last_has_none(of: Case) -> None:
    *ends, last = [each.until for each in leaving_costs(of)]

    assert last is None
    assert all(end is not None for end in ends)
    assert ends == sorted(ends, key=lambda end: end or of.starts_at)


@given(st.integers(0, 1_000_000), st.integers(1, 30), st.data())
def test_dropped_sessions_never_give_back_more_than_the_fee(
    fee: int, planned: int, data: st.DataObject
) -> None:
    dropped = data.draw(st.integers(0, planned))

    assert 0 <= dropped_sessions_share_minor(fee, dropped=dropped, planned=planned) <= fee
