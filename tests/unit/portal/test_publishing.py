"""The office's forms: what they hold, what they mean, and which field a no belongs to."""

from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
import pytest

from clients.portal.api.asking import FieldError
from clients.portal.api.publishing import Plan, PlanPrice
from clients.portal.forms import Form, empty_form
from clients.portal.routes.desk_publishing import read_reason
from clients.portal.views.planning import (
    copy_typed,
    plan_typed,
    read_moves,
    read_plan,
    rows_of,
    sessions_typed,
)
from clients.portal.views.publishing import course_typed, file_page, read_course
from clients.portal.wall_clock import NoSuchTime, instant_at, read_day, read_time
from tests.unit.portal import publishing_samples as those
from tests.unit.portal import samples
from tests.unit.portal.samples import LANGUAGES, STARTS, ZONE, words


def plan_of(form: Form) -> Plan:
    read = read_plan(form, ZONE)
    assert read is not None, form.wrongs
    return read.plan


@pytest.mark.parametrize("planned", [those.PLANNED, those.WHOLE])
@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_form_that_is_sent_back_as_it_was_says_the_same_plan(language: Any, planned: Any) -> None:
    assert plan_of(those.plan_form(language, planned)) == planned.plan


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"course": "LC EN"}, "course"),
        ({"class_number": ""}, "class_number"),
        ({"academic_year": "2026/2027"}, "academic_year"),
        ({"activity": "party"}, "activity"),
        ({"taught_in": ""}, "taught_in"),
        ({"document": ""}, "document"),
        ({"session-1-day": "13/04/2027"}, "session-1-day"),
        ({"session-2-from": ""}, "session-2-from"),
        ({"session-1-online": "javascript:alert(1)"}, "session-1-online"),
        ({"session-1-place": "x" * 201}, "session-1-place"),
        ({"session-1-day": "2027-03-28", "session-1-from": "02:30"}, "session-1-from"),
        ({"capacity": "many"}, "capacity"),
        ({"minimum": "-1"}, "minimum"),
        ({"price_list": ""}, "price_list"),
        ({"price_student": "19,5"}, "price_student"),
        ({"vat": "6"}, "vat"),
        ({"vat_reason_nl": " "}, "vat_reason_nl"),
        ({"opens_day": ""}, "opens_day"),
        ({"opens_time": "25:00"}, "opens_time"),
        ({"closes_day": "soon"}, "closes_day"),
        ({"policy": "standard"}, "policy"),
        ({"terms": ""}, "terms"),
        ({"organiser_en": ""}, "organiser_en"),
        ({"contact": "the office"}, "contact"),
        ({"practical_nl": ""}, "practical_nl"),
        ({"elsewhere_system": "Osiris"}, "elsewhere_code"),
        ({"lecturer_ids": "McAllister"}, "lecturer_ids"),
    ],
)
def test_what_has_to_be_corrected_is_said_at_its_field(changes: dict[str, str], field: str) -> None:
    form = those.plan_form("en", **changes)

    assert read_plan(form, ZONE) is None
    assert next(iter(form.wrongs)) == field


def test_rows_that_are_empty_do_not_count_whatever_their_place() -> None:
    first: dict[str, Any] = dict.fromkeys(sessions_typed(those.PLAN.sessions[:1], ZONE), "")

    plan = plan_of(those.plan_form("en", rows="9", **first))

    assert plan.sessions == those.PLAN.sessions[1:]


def test_a_form_without_any_time_asks_for_one() -> None:
    nothing: dict[str, Any] = dict.fromkeys(sessions_typed(those.PLAN.sessions, ZONE), "")
    form = those.plan_form("en", **nothing)

    assert read_plan(form, ZONE) is None
    assert list(form.wrongs) == ["session-1-day"]


def test_a_session_that_ends_on_another_day_still_does() -> None:
    typed = those.plan_form("en").typed("session-2-nights")

    plan = plan_of(those.plan_form("en", **{"session-2-day": "2027-05-01"}))

    assert typed == "1"
    assert plan.sessions[1].ends_at.date() == date(2027, 5, 2)


def test_amounts_are_read_with_a_comma_or_a_point() -> None:
    for typed in ("195,50", "195.50", "€ 195.50"):
        plan = plan_of(those.plan_form("nl", price_student=typed))
        assert plan.prices[1] == PlanPrice(affiliation="student", fee_minor=19550)
    assert plan_typed(those.PLAN, ZONE, words("nl"))["price_student"] == "195,50"


def test_what_is_registered_elsewhere_needs_no_price() -> None:
    form = those.plan_form("en", those.WHOLE, price_list="")

    assert plan_of(form).prices == ()


def test_a_copy_has_days_number_and_sessions_of_its_own() -> None:
    typed = copy_typed(those.PLAN, ZONE, words("en"))

    assert typed["session-1-from"] == "18:30"
    assert typed["session-1-lecturers"] == "F. McAllister, I. Petrova"
    own = {"class_number", "academic_year", "opens_day", "session-1-id", "session-1-day"}
    assert own.isdisjoint(typed)
    form = empty_form(words("en"), **typed)
    assert read_plan(form, ZONE) is None
    assert {"class_number", "session-1-day", "session-2-day", "opens_day"} <= form.wrongs.keys()


def test_a_no_of_the_catalogue_is_led_to_the_row_that_it_is_about() -> None:
    """The second row of the form is empty, so the body's second session is the third row."""
    second = {
        f"session-2-{name}": "" for name in ("id", "day", "from", "until", "online", "nights")
    }
    third: dict[str, Any] = {
        "session-3-day": "2027-05-01",
        "session-3-from": "10:00",
        "session-3-until": "09:00",
    }
    form = those.plan_form("en", rows="3", **second, **third)
    read = read_plan(form, ZONE)
    assert read is not None

    form.take(
        samples.refusal(
            422,
            FieldError("Not after the start.", "/sessions/1/ends_at"),
            FieldError("Too much.", "/prices/1/fee_minor"),
        ),
        read.pointers,
    )

    assert form.wrongs == {
        "session-3-until": "Not after the start.",
        "price_student": "Too much.",
    }
    assert form.refusal is None


def test_only_sessions_that_move_are_moved() -> None:
    typed = sessions_typed(those.PLAN.sessions, ZONE) | {
        "session-1-day": "2027-04-14",
        "session-1-place": "",
    }
    form = empty_form(words("en"), **typed)

    read = read_moves(form, those.PLAN.sessions, ZONE)

    assert read is not None
    (move,), pointers = read
    assert move.session_id == those.SESSION_ID
    assert (move.starts_at, move.place) == (datetime(2027, 4, 14, 16, 30, tzinfo=UTC), None)
    assert pointers["/sessions/0/ends_at"] == "session-1-until"


def test_moving_nothing_is_said_and_not_sent() -> None:
    form = empty_form(words("en"), **sessions_typed(those.PLAN.sessions, ZONE))

    assert read_moves(form, those.PLAN.sessions, ZONE) is None
    assert list(form.wrongs) == ["session-1-day"]


def test_a_session_cannot_be_emptied_by_moving_it() -> None:
    """Dropping a session is changing the offering."""
    empty = dict.fromkeys(sessions_typed(those.PLAN.sessions[:1], ZONE), "")
    moved = sessions_typed(those.PLAN.sessions, ZONE) | empty | {"session-2-day": "2027-05-01"}
    form = empty_form(words("en"), **moved)

    assert read_moves(form, those.PLAN.sessions, ZONE) is None
    assert list(form.wrongs) == ["session-1-day"]


@pytest.mark.parametrize(
    ("typed", "rows"), [("", 3), ("7", 7), ("0", 3), ("9999", 200), ("-1", 3), ("x", 3), ("٣", 3)]
)
def test_a_form_has_a_bounded_number_of_rows(typed: str, rows: int) -> None:
    assert rows_of(empty_form(words("en"), rows=typed)) == rows


def test_cancelling_needs_a_reason_in_both_languages_and_a_tick() -> None:
    form = empty_form(words("en"), reason_nl="Ziek.")

    assert read_reason(form) is None
    assert list(form.wrongs) == ["reason_en", "confirm"]


def test_a_course_that_is_sent_back_as_it_was_says_the_same() -> None:
    form = empty_form(words("en"), **course_typed(those.COURSE))

    read = read_course(form, (LANGUAGES,), code="LC-EN-AW-C1")

    assert read is not None
    course, pointers = read
    assert course == those.COURSE
    assert pointers["/learning_goals/0/en"] == "goal-1_en"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": "music"}, "subject"),
        ({"title_nl": ""}, "title_nl"),
        ({"summary_en": " "}, "summary_en"),
        ({"description_en": ""}, "description_en"),
        ({"goal-1_nl": ""}, "goal-1_nl"),
        ({"level": "Z9"}, "level"),
        ({"hours": "some"}, "hours"),
        ({"hours": "9" * 5000}, "hours"),
        ({"code": "a/b"}, "code"),
    ],
)
def test_what_a_course_lacks_is_said_at_its_field(changes: dict[str, str], field: str) -> None:
    form = empty_form(words("en"), **(course_typed(those.COURSE) | changes))

    assert read_course(form, (LANGUAGES,)) is None
    assert list(form.wrongs) == [field]


def test_a_file_with_anything_wrong_does_nothing() -> None:
    page = file_page(those.BAD)

    assert (page.does, len(page.bad), page.more_bad) == ("bad", 100, 150)
    assert file_page(those.NOTHING).does == "nothing"
    assert file_page(those.CHECKED).does == "something"


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (date(2027, 3, 28), time(2, 30)),
        (date(2027, 10, 31), time(2, 30)),
        (date(1, 1, 1), time(0, 0)),
        (date(9999, 12, 31), time(23, 59)),
    ],
)
def test_a_time_that_means_no_instant_is_none(day: date, at: time) -> None:
    with pytest.raises(NoSuchTime):
        instant_at(day, at, ZONE)


def test_days_and_times_are_read_as_fields_send_them() -> None:
    assert read_day("2027-04-13") == date(2027, 4, 13)
    assert read_time("18:30") == read_time("18.30") == time(18, 30)
    assert instant_at(date(2027, 4, 13), time(18, 30), ZONE) == STARTS
    assert (read_day("13 April"), read_time("half past six"), read_time("18:30+01:00")) == (
        None,
        None,
        None,
    )


def test_a_body_is_what_the_catalogue_takes() -> None:
    sent = msgspec.to_builtins(plan_of(those.plan_form("en")))

    assert sent["sessions"][0]["session_id"] == str(those.SESSION_ID)
    assert sent["practical"] == {"nl": "Bring a laptop. (nl)", "en": "Bring a laptop. <en>"}
    assert sent["enrolment_closes_at"] == "2027-04-06T22:00:00Z"
