"""Wall-clock times of the institution, also when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.catalogue.domain.wall_clock import (
    NotOneInstant,
    closes_by_rule,
    instant_at,
    midnight_after,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def test_the_same_evening_hour_is_another_instant_in_summer() -> None:
    winter = instant_at(datetime(2027, 3, 24, 19, 30), AMSTERDAM)  # noqa: DTZ001 - on the wall.
    summer = instant_at(datetime(2027, 3, 31, 19, 30), AMSTERDAM)  # noqa: DTZ001

    assert winter == datetime(2027, 3, 24, 18, 30, tzinfo=UTC)
    assert summer == datetime(2027, 3, 31, 17, 30, tzinfo=UTC)


def test_an_hour_that_the_clock_skips_is_no_time() -> None:
    with pytest.raises(NotOneInstant, match="does not exist"):
        instant_at(datetime(2027, 3, 28, 2, 30), AMSTERDAM)  # noqa: DTZ001


def test_an_hour_that_comes_twice_is_no_time() -> None:
    with pytest.raises(NotOneInstant, match="comes twice"):
        instant_at(datetime(2027, 10, 31, 2, 30), AMSTERDAM)  # noqa: DTZ001


@given(
    wall=some.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),  # noqa: DTZ001
    zone=some.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_a_time_means_one_instant_that_shows_it_or_is_refused(wall: datetime, zone: str) -> None:
    shown = ZoneInfo(zone)
    hours = [wall.replace(tzinfo=UTC) + timedelta(minutes=30 * step) for step in range(-60, 61)]
    showing = {each for each in hours if each.astimezone(shown).replace(tzinfo=None) == wall}

    try:
        instant = instant_at(wall, shown)
    except NotOneInstant:
        assert len(showing) != 1
    else:
        assert showing == {instant}


def test_enrolment_for_an_exam_closes_at_the_end_of_the_tenth_day_before() -> None:
    exam = datetime(2027, 4, 1, 8, 0, tzinfo=UTC)
    """Thursday 1 April, 10:00. Ten days before is Monday 22 March, when it is still winter time."""

    assert closes_by_rule("exam", exam, AMSTERDAM) == datetime(2027, 3, 22, 23, 0, tzinfo=UTC)
    assert closes_by_rule("resit", exam, AMSTERDAM) == datetime(2027, 3, 22, 23, 0, tzinfo=UTC)


def test_enrolment_for_anything_else_closes_at_its_start() -> None:
    start = datetime(2027, 4, 13, 16, 30, tzinfo=UTC)

    assert closes_by_rule("course", start, AMSTERDAM) == start


def test_the_day_of_the_change_has_23_hours() -> None:
    assert midnight_after(date(2027, 3, 28), AMSTERDAM) == datetime(2027, 3, 28, 22, 0, tzinfo=UTC)
