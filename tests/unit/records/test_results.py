"""What can be recorded, when, and what a correction has to say."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.refusals import Refusal
from services.records.domain.results import (
    Faulty,
    Line,
    Recorder,
    Wanted,
    correct_result,
    is_a_pass,
    read_grade,
    record_result,
    record_results,
)
from tests.unit.records.cases import DURING, TEACHER, dossier, offering, result


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.problem.code


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1", "1.0"),
        ("7,5", "7.5"),
        ("7.5", "7.5"),
        ("8.0", "8.0"),
        (" 10 ", "10.0"),
        ("10,0", "10.0"),
    ],
)
def test_a_grade_is_kept_with_one_decimal(written: str, kept: str) -> None:
    assert read_grade(written) == kept


@pytest.mark.parametrize(
    "written", ["0", "0.5", "10.5", "11", "7.3", "7.50", "-6", "A", "", "7.", "٧"]
)
def test_what_is_not_on_the_dutch_scale_is_refused(written: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_grade(written)

    assert code_of(refused) == "not-a-grade"


@given(st.integers(2, 20))
def test_every_half_point_from_one_to_ten_is_a_grade(halves: int) -> None:
    grade = f"{halves // 2}.{halves % 2 * 5}"

    assert read_grade(grade) == grade
    assert is_a_pass(grade) == (halves >= 11)


def test_a_first_result_is_version_one_and_is_told() -> None:
    course = offering()

    new = record_result(
        dossier(course), course, Wanted(outcome="passed", grade="7,5"), by=TEACHER, now=DURING
    )

    assert (new.result.version, new.result.grade, new.result.recorded_by) == (1, "7.5", TEACHER)
    assert (new.fact.version, new.fact.outcome, new.fact.grade) == (1, "passed", "7.5")


def test_nothing_is_recorded_before_the_course_has_started() -> None:
    course = offering()
    wanted = Wanted(outcome="attended")

    record_result(dossier(course), course, wanted, by=TEACHER, now=course.starts_at)
    with pytest.raises(Refusal) as refused:
        record_result(
            dossier(course),
            course,
            wanted,
            by=TEACHER,
            now=course.starts_at - timedelta(microseconds=1),
        )

    assert code_of(refused) == "not-started"


@pytest.mark.parametrize(
    ("outcome", "grade"),
    [("passed", "5"), ("failed", "5.5"), ("attended", "8"), ("absent", "1")],
)
def test_a_grade_that_says_something_else_than_the_outcome_is_refused(
    outcome: str, grade: str
) -> None:
    course = offering()

    with pytest.raises(Refusal) as refused:
        record_result(
            dossier(course),
            course,
            Wanted(outcome=outcome, grade=grade),  # type: ignore[arg-type] # From a list of cases.
            by=TEACHER,
            now=DURING,
        )

    assert code_of(refused) == "grade-does-not-fit"


def test_who_left_gets_no_result_but_one_they_have_can_be_corrected() -> None:
    course = offering()
    left = dossier(course, state="closed", closed_why="withdrawn")

    with pytest.raises(Refusal) as refused:
        record_result(left, course, Wanted(outcome="absent"), by=TEACHER, now=DURING)
    assert code_of(refused) == "has-left"

    graded = dossier(course, state="closed", closed_why="withdrawn", result=result())
    wanted = Wanted(outcome="failed", reason="Mixed up.", corrects=1)
    new = correct_result(graded, course, wanted, by=TEACHER, now=DURING)
    assert new is not None
    assert new.result.outcome == "failed"


def test_a_second_first_result_is_refused() -> None:
    course = offering()

    with pytest.raises(Refusal) as refused:
        record_result(
            dossier(course, result=result()),
            course,
            Wanted(outcome="passed"),
            by=TEACHER,
            now=DURING,
        )

    assert code_of(refused) == "already-recorded"


def test_a_correction_keeps_its_reason_and_is_the_next_version() -> None:
    course = offering()
    known = dossier(course, result=result(version=3))
    wanted = Wanted(outcome="failed", grade="4", reason=" Counted again. ", corrects=3)

    new = correct_result(known, course, wanted, by=TEACHER, now=DURING)

    assert new is not None
    assert (new.result.version, new.result.reason) == (4, "Counted again.")
    assert new.before == known.result


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(outcome="failed", reason="Counted again."), "version-missing"),
        (
            Wanted(outcome="failed", reason="Counted again.", corrects=2),
            "result-corrected-meanwhile",
        ),
        (Wanted(outcome="failed", reason="  ", corrects=3), "reason-missing"),
        (Wanted(outcome="failed", corrects=3), "reason-missing"),
    ],
)
def test_a_correction_says_what_it_corrects_and_why(wanted: Wanted, code: str) -> None:
    course = offering()

    with pytest.raises(Refusal) as refused:
        correct_result(
            dossier(course, result=result(version=3)), course, wanted, by=TEACHER, now=DURING
        )

    assert code_of(refused) == code


def test_what_is_so_already_needs_neither_reason_nor_version() -> None:
    course = offering()
    known = dossier(course, result=result("passed", "8.0"))

    again = correct_result(
        known, course, Wanted(outcome="passed", grade="8"), by=TEACHER, now=DURING
    )

    assert again is None


def test_a_list_names_every_bad_line_and_its_field() -> None:
    course = offering()
    people = [UUID(int=number) for number in range(5)]
    dossiers = {each: dossier(course, enrolment_id=each) for each in people[:3]}
    dossiers[people[2]] = dossier(course, enrolment_id=people[2], result=result())
    dossiers[people[3]] = dossier(offering(offering_id=UUID(int=99)), enrolment_id=people[3])
    lines = [
        Line(enrolment_id=people[0], wanted=Wanted(outcome="passed", grade="8")),
        Line(enrolment_id=people[1], wanted=Wanted(outcome="passed", grade="12")),
        Line(enrolment_id=people[0], wanted=Wanted(outcome="failed")),
        Line(enrolment_id=people[2], wanted=Wanted(outcome="failed", corrects=1)),
        Line(enrolment_id=people[3], wanted=Wanted(outcome="passed")),
        Line(enrolment_id=people[4], wanted=Wanted(outcome="passed")),
    ]

    with pytest.raises(Faulty) as faulty:
        record_results(dossiers, course, lines, by=TEACHER, now=DURING)

    assert [(each.pointer, each.refusal.problem.code) for each in faulty.value.faults] == [
        ("/results/1/grade", "not-a-grade"),
        ("/results/2/enrolment_id", "twice-in-the-list"),
        ("/results/3/reason", "reason-missing"),
        ("/results/4/enrolment_id", "not-in-this-course"),
        ("/results/5/enrolment_id", "not-in-this-course"),
    ]


def test_a_lecturer_records_in_own_offerings_and_the_office_in_all() -> None:
    course = offering(lecturer_ids=(TEACHER,))

    assert Recorder(account_id=TEACHER, is_office=False).may_record_in(course)
    assert not Recorder(account_id=UUID(int=77), is_office=False).may_record_in(course)
    assert Recorder(account_id=UUID(int=77), is_office=True).may_record_in(course)
