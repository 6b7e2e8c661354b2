"""Being forgotten: everybody who may object is asked first, and everybody reports what they keep."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.refusals import Refusal
from contracts.enrolment import EnrolmentAnsweredErasure
from contracts.erasure import AnsweredErasure, Objection, Retained
from contracts.identity import AccountErased, ErasureCancelled
from contracts.records import RecordsErasedPersonalData
from services.identity import refusals
from services.identity.domain.erasing import (
    HOLDS_SOMETHING,
    Erasure,
    cancel_erasure,
    request_erasure,
    take_answer,
    take_report,
)

ADA, NOW = UUID(int=1), datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
COURSE = Objection(why="course_not_over", regarding=UUID(int=2))


def asked(version: int = 1) -> Erasure:
    return Erasure(account_id=ADA, version=version, state="asked", asked_at=NOW)


def answer(*objections: Objection, version: int = 1) -> AnsweredErasure:
    return EnrolmentAnsweredErasure(account_id=ADA, version=version, objections=objections)


def answered(erasure: Erasure, service: str, told: AnsweredErasure) -> tuple[Erasure, object]:
    taken = take_answer(erasure, service, told, now=NOW)
    assert taken is not None
    return taken


def test_nothing_is_erased_before_all_have_answered() -> None:
    half, fact = answered(asked(), "enrolment", answer())
    assert (half.state, fact) == ("asked", None)

    whole, fact = answered(half, "payment", answer())
    assert whole.state == "erasing"
    assert fact == AccountErased(account_id=ADA, erased_at=NOW)


def test_one_objection_keeps_everything_and_frees_who_had_agreed() -> None:
    half, _ = answered(asked(), "enrolment", answer(COURSE))
    whole, fact = answered(half, "payment", answer())

    assert (whole.state, whole.objections) == ("objected", [COURSE])
    assert fact == ErasureCancelled(account_id=ADA, version=1, cancelled_at=NOW)


def test_an_answer_to_a_request_that_is_over_changes_nothing() -> None:
    assert take_answer(asked(version=2), "enrolment", answer(version=1), now=NOW) is None
    cancelled, _ = cancel_erasure(asked(), now=NOW)
    assert take_answer(cancelled, "enrolment", answer(), now=NOW) is None
    assert take_answer(None, "enrolment", answer(), now=NOW) is None


def test_asking_again_is_one_request_until_it_is_answered_and_then_another() -> None:
    assert request_erasure(asked(), ADA, now=NOW) is None
    objected, _ = answered(answered(asked(), "enrolment", answer(COURSE))[0], "payment", answer())
    again = request_erasure(objected, ADA, now=NOW)
    assert again is not None
    assert (again[0].version, again[0].answers) == (2, {})


def test_what_is_being_erased_cannot_be_taken_back() -> None:
    half, _ = answered(asked(), "enrolment", answer())
    erasing, _ = answered(half, "payment", answer())
    with pytest.raises(Refusal) as caught:
        cancel_erasure(erasing, now=NOW)
    assert caught.value.problem is refusals.ERASURE_BEGUN


def test_it_is_done_when_the_last_service_has_reported_each_once() -> None:
    half, _ = answered(asked(), "enrolment", answer())
    erasure, _ = answered(half, "payment", answer())
    kept = (Retained(what="results", because="names_nobody", until=None),)
    report = RecordsErasedPersonalData(account_id=ADA, retained=kept, erased_at=NOW)
    for service in sorted(HOLDS_SOMETHING):
        assert erasure.state == "erasing"
        reported = take_report(erasure, service, report, now=NOW)
        assert reported is not None
        erasure = reported
    assert (erasure.state, erasure.done_at) == ("done", NOW)
    assert take_report(erasure, "records", report, now=NOW) is None
