"""When a reminder is due, to whom, and what becomes of it when its course moves."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.notification.domain.ledger import Later, Never, Send, look_at
from services.notification.domain.offerings import (
    copy_offering,
    is_reminded,
    moves,
    reminder_due_at,
)
from tests.support.examples import STARTS_AT, offering
from tests.unit.notification.samples import (
    AMSTERDAM,
    NOW,
    case_for,
    enrolment,
    known_offering,
    sessions,
)

DUE = datetime(2027, 4, 6, 16, 30, tzinfo=UTC)
"""Tuesday 6 April, 18:30 in Amsterdam: one week before Tuesday 13 April, 18:30."""

instants = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_reminder_is_due_one_week_before_at_the_same_time_on_the_wall() -> None:
    assert reminder_due_at(STARTS_AT, AMSTERDAM) == DUE


def test_a_week_with_the_change_to_summer_time_has_an_hour_less() -> None:
    starts_at = datetime(2027, 3, 30, 16, 30, tzinfo=UTC)  # 18:30, summer time.

    assert reminder_due_at(starts_at, AMSTERDAM) == datetime(2027, 3, 23, 17, 30, tzinfo=UTC)


def test_a_week_with_the_change_to_winter_time_has_an_hour_more() -> None:
    starts_at = datetime(2027, 11, 2, 17, 30, tzinfo=UTC)  # 18:30, winter time.

    assert reminder_due_at(starts_at, AMSTERDAM) == datetime(2027, 10, 26, 16, 30, tzinfo=UTC)


@given(instants)
def test_clock_and_weekday_on_the_wall_are_those_of_the_start(starts_at: datetime) -> None:
    due, start = (
        each.astimezone(AMSTERDAM) for each in (reminder_due_at(starts_at, AMSTERDAM), starts_at)
    )

    assert start.date() - due.date() == timedelta(days=7)
    # 02:30 does not exist on one night a year; its reminder comes at 03:30 then.
    assert due.time() == start.time() or (due.month, due.hour) == (3, 3)
    assert abs(starts_at - reminder_due_at(starts_at, AMSTERDAM) - timedelta(days=7)) <= timedelta(
        hours=1
    )


def test_who_enrols_a_moment_before_it_is_due_is_reminded_and_at_that_moment_no_more() -> None:
    known = known_offering()

    assert is_reminded(known, DUE - timedelta(microseconds=1), AMSTERDAM)
    assert not is_reminded(known, DUE, AMSTERDAM)


@given(instants, instants)
def test_nobody_is_reminded_of_what_they_enrolled_in_after_it_was_due(
    starts_at: datetime, confirmed_at: datetime
) -> None:
    known = replace(known_offering(), starts_at=starts_at)

    reminded = is_reminded(known, confirmed_at, AMSTERDAM)

    assert reminded == (confirmed_at < reminder_due_at(starts_at, AMSTERDAM))


def test_exactly_one_week_before_it_goes_out() -> None:
    case = case_for("reminder")

    assert look_at(case, zone=AMSTERDAM, now=DUE - timedelta(microseconds=1)) == Later(DUE)
    assert look_at(case, zone=AMSTERDAM, now=DUE) == Send()


def test_a_mail_server_that_was_away_for_days_makes_it_late_and_no_more() -> None:
    case = case_for("reminder")

    assert look_at(case, zone=AMSTERDAM, now=STARTS_AT - timedelta(hours=1)) == Send()
    assert look_at(case, zone=AMSTERDAM, now=STARTS_AT) == Never("started")


def test_a_later_start_makes_it_due_later() -> None:
    moved = copy_offering(
        known_offering(), offering(version=2, starts_at=STARTS_AT + timedelta(weeks=2)), now=NOW
    )
    case = case_for("reminder", offering=moved)

    assert look_at(case, zone=AMSTERDAM, now=DUE) == Later(DUE + timedelta(weeks=2))


def test_a_start_that_moves_within_the_week_is_told_by_the_mail_about_the_move_alone() -> None:
    moved = copy_offering(
        known_offering(), offering(version=2, starts_at=NOW + timedelta(days=3)), now=NOW
    )
    case = case_for("reminder", offering=moved)

    assert look_at(case, zone=AMSTERDAM, now=NOW) == Never("told_already")


def test_another_place_does_not_count_as_another_start() -> None:
    moved = copy_offering(
        known_offering(), offering(version=2, starts_at=STARTS_AT), now=DUE - timedelta(hours=1)
    )

    assert moved is not None
    assert moved.moved_at is None


def test_an_older_version_changes_nothing() -> None:
    known = replace(known_offering(), version=3)

    assert copy_offering(known, offering(version=2), now=NOW) is None
    assert copy_offering(known, offering(version=3), now=NOW) is None


@pytest.mark.parametrize("state", ["lapsed", "withdrawn", "cancelled", "held"])
def test_who_has_no_place_is_not_reminded(state: str) -> None:
    case = case_for("reminder", enrolment=replace(enrolment(), state=state))

    assert look_at(case, zone=AMSTERDAM, now=NOW) == Never(state)


def test_who_stopped_reminders_gets_none_and_everything_else() -> None:
    stopped = frozenset({"reminder"})

    reminder = look_at(case_for("reminder", stopped=stopped), zone=AMSTERDAM, now=DUE)
    confirmation = look_at(case_for("confirmation", stopped=stopped), zone=AMSTERDAM, now=DUE)

    assert (reminder, confirmation) == (Never("stopped_by_the_learner"), Send())


def test_what_moved_is_told_in_order_of_time() -> None:
    before = sessions(3)
    later = replace(before[0], starts_at=before[0].starts_at + timedelta(hours=1))
    added = sessions(4)[3]

    found = moves(before, (later, before[1], added))

    assert [(move.was, move.now) for move in found] == [
        (before[0], later),
        (before[2], None),
        (None, added),
    ]


def test_another_lecturer_is_not_a_move() -> None:
    before = sessions(1)

    assert moves(before, (replace(before[0], lecturers=("J. Wubben",)),)) == ()
