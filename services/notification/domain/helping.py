"""Requests for help: what they must carry, and who answers them (B4, B28)."""

from datetime import datetime
from uuid import UUID

import msgspec

from contracts.fact import Translated
from services.notification import refusals
from services.notification.domain.offerings import Offering


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """Notification's own copy of what the catalogue tells of a programme."""

    code: str
    version: int
    name: Translated
    contact: str | None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks. B28: name, student number, programme, course and the problem."""

    name: str
    student_number: str | None
    programme: str | None
    """Its code; None for whoever does not study here, who has no student number either."""
    course: str
    """As they name it."""
    offering_id: UUID | None
    """Where they stood when they asked, if that was at an offering."""
    problem: str


class HelpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A question, with who answers it."""

    help_request_id: UUID
    account_id: UUID
    name: str
    student_number: str | None
    programme: str | None
    programme_name: Translated | None
    course: str
    offering_id: UUID | None
    problem: str
    contact: str
    """Mail address."""
    asked_at: datetime


def ask_for_help(
    question: Question,
    programme: Programme | None,
    offering: Offering | None,
    *,
    institution: str,
    account_id: UUID,
    help_request_id: UUID,
    now: datetime,
) -> HelpRequest:
    """Take a question in, for the contact of its programme, else of its course, else of the institution (B4).

    Raises:
        Refusal: something that it must carry is missing.
    """
    name, course = question.name.strip(), question.course.strip()
    problem, number = question.problem.strip(), (question.student_number or "").strip()
    for pointer, text in (("/name", name), ("/course", course), ("/problem", problem)):
        if not text:
            raise refusals.QUESTION_INCOMPLETE(field=pointer.removeprefix("/"))
    if question.programme is not None and not number:
        raise refusals.STUDENT_NUMBER_MISSING()
    contacts = (programme and programme.contact, offering and offering.contact)
    return HelpRequest(
        help_request_id=help_request_id,
        account_id=account_id,
        name=name,
        student_number=number if question.programme is not None else None,
        programme=question.programme,
        programme_name=programme.name if programme else None,
        course=course,
        offering_id=question.offering_id,
        problem=problem,
        contact=next((each for each in contacts if each), institution),
        asked_at=now,
    )
