"""When an evaluation is open, and what of it is shown."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chassis.refusals import Refusal
from services.records.domain.evaluations import (
    QUESTIONS,
    STATEMENTS,
    Answers,
    Evaluation,
    Window,
    evaluation_window,
    put_in,
    submit_evaluation,
    sum_up,
)
from tests.unit.records.cases import ADA, AMSTERDAM

HOURS = timedelta(hours=2)


def window(ends_at: datetime, *, weeks: int = 4, zone: ZoneInfo = AMSTERDAM) -> Window:
    found = evaluation_window("course", ends_at - HOURS, ends_at, weeks=weeks, zone=zone)
    assert found is not None
    return found


def utc(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends_at", "opens_at", "open_until"),
    [
        # Until and including 25 May: over at midnight.
        (utc(2027, 4, 27, 18, 30), utc(2027, 4, 26, 22, 0), utc(2027, 5, 25, 22, 0)),
        # Opens in winter time and closes in summer time: the same wall clock, an hour less.
        (utc(2027, 3, 5, 16, 0), utc(2027, 3, 4, 23, 0), utc(2027, 4, 2, 22, 0)),
        # The last day is the day on which the clock goes forward; it begins before that.
        (utc(2027, 3, 28, 14, 0), utc(2027, 3, 27, 23, 0), utc(2027, 4, 25, 22, 0)),
        # And back.
        (utc(2027, 10, 31, 14, 0), utc(2027, 10, 30, 22, 0), utc(2027, 11, 28, 23, 0)),
        # A leap day.
        (utc(2028, 2, 29, 14, 0), utc(2028, 2, 28, 23, 0), utc(2028, 3, 28, 22, 0)),
        # From a leap year's February over its last day.
        (utc(2028, 2, 1, 14, 0), utc(2028, 1, 31, 23, 0), utc(2028, 2, 29, 23, 0)),
    ],
)
def test_it_opens_as_the_last_day_begins_and_closes_as_the_day_four_weeks_later_ends(
    ends_at: datetime, opens_at: datetime, open_until: datetime
) -> None:
    assert window(ends_at) == Window(opens_at, open_until)


def test_a_course_that_ends_at_midnight_ends_on_the_day_before() -> None:
    midnight = utc(2027, 4, 27, 22, 0)  # 00:00 on the 28th in Amsterdam.

    assert window(midnight).opens_at == utc(2027, 4, 26, 22, 0)
    assert window(midnight + timedelta(seconds=1)).opens_at == midnight


def test_where_the_clock_skips_midnight_the_day_begins_when_it_has() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # On 30 April 2027 from 00:00 to 01:00.

    opens_at = window(utc(2027, 4, 30, 12, 0), zone=cairo).opens_at

    assert opens_at.astimezone(cairo).date() == date(2027, 4, 30)
    assert (opens_at - timedelta(microseconds=1)).astimezone(cairo).date() == date(2027, 4, 29)


days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
minutes = st.integers(1, 24 * 60 - 1)


@given(day=days, minute=minutes, weeks=st.integers(1, 26))
def test_whatever_the_calendar_it_is_open_for_whole_days_of_the_institution(
    day: date, minute: int, weeks: int
) -> None:
    ends_at = datetime.combine(day, time(minute // 60, minute % 60), AMSTERDAM)

    found = window(ends_at, weeks=weeks)

    opens, closes = (
        found.opens_at.astimezone(AMSTERDAM),
        found.open_until.astimezone(AMSTERDAM),
    )
    assert (opens.date(), opens.time()) == (day, time())
    assert (closes.date(), closes.time()) == (day + timedelta(days=7 * weeks + 1), time())
    assert found.opens_at < ends_at


@pytest.mark.parametrize(
    "activity", ["exam", "resit", "paper", "assignment", "presentation", "research_project"]
)
def test_what_is_not_taught_in_meetings_is_not_evaluated(activity: Any) -> None:
    at = utc(2027, 4, 27, 18, 30)

    assert evaluation_window(activity, at - HOURS, at, weeks=4, zone=AMSTERDAM) is None


OPEN = Window(utc(2027, 4, 26, 22, 0), utc(2027, 5, 25, 22, 0))


def evaluation(**changes: Any) -> Evaluation:
    standard = Evaluation(
        evaluation_id=UUID(int=51),
        enrolment_id=UUID(int=31),
        learner_id=ADA,
        offering_id=UUID(int=61),
        dossier="open",
        window=OPEN,
    )
    return replace(standard, **changes)


def test_who_submits_is_marked_and_told_without_what_they_said() -> None:
    submitted, fact = submit_evaluation(evaluation(), key="k", now=OPEN.opens_at)

    assert (submitted.submitted_at, submitted.submission_key) == (OPEN.opens_at, "k")
    assert set(fact.__struct_fields__) == {
        "evaluation_id",
        "enrolment_id",
        "offering_id",
        "submitted_at",
    }


@pytest.mark.parametrize(
    ("changes", "now", "code"),
    [
        ({}, OPEN.opens_at - timedelta(microseconds=1), "evaluation-not-open"),
        ({}, OPEN.open_until, "evaluation-over"),
        ({"dossier": "closed"}, OPEN.opens_at, "not-taking-part"),
        ({"window": None}, OPEN.opens_at, "not-taking-part"),
        (
            {"submitted_at": OPEN.opens_at, "submission_key": "k"},
            OPEN.open_until,
            "already-evaluated",
        ),
    ],
)
def test_nobody_submits_too_early_too_late_after_leaving_or_twice(
    changes: dict[str, Any], now: datetime, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        submit_evaluation(evaluation(**changes), key="other", now=now)

    assert refused.value.problem.code == code


def answers(score: int = 4, **changes: Any) -> Answers:
    standard = Answers(goals=score, level=score, lecturer=score, work=score, place=score)
    return replace(standard, **changes)


def test_the_box_does_not_show_who_came_when() -> None:
    said = [answers(score) for score in (5, 1, 3)]
    forwards: list[Answers] = []
    backwards: list[Answers] = []
    for each in said:
        forwards = put_in(forwards, each)
    for each in reversed(said):
        backwards = put_in(backwards, each)

    assert forwards == backwards


def test_an_empty_text_is_no_text() -> None:
    (kept,) = put_in([], answers(keep="  ", change=" Fewer slides. "))

    assert (kept.keep, kept.change) == (None, "Fewer slides.")


def test_four_answers_are_hidden_and_five_are_shown() -> None:
    four = [answers(keep="The evenings.")] * 4

    hidden, shown = sum_up(four), sum_up([*four, answers(2)])

    assert (hidden.answered, hidden.is_shown, hidden.statements, hidden.keep) == (4, False, (), ())
    assert (shown.answered, shown.is_shown, len(shown.statements)) == (5, True, 5)
    assert shown.statements[0].counts == (0, 1, 0, 4, 0)
    assert shown.statements[0].mean == "3.6"
    assert shown.keep == ("The evenings.",) * 4


@given(st.lists(st.integers(1, 5), min_size=5, max_size=40))
def test_a_mean_is_rounded_half_up(scores: list[int]) -> None:
    shown = sum_up([answers(score) for score in scores])

    mean = float(shown.statements[0].mean)
    assert abs(mean - sum(scores) / len(scores)) <= 0.05 + 1e-9
    assert sum(shown.statements[0].counts) == len(scores)


def test_every_statement_and_question_is_a_field_of_the_answers() -> None:
    assert [*STATEMENTS, *QUESTIONS] == list(Answers.__struct_fields__)
