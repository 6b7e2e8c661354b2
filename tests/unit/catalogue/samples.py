"""A course, conditions and a plan, to change one thing of."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from contracts.catalogue import Price, Session, Vat
from services.catalogue.domain.courses import Course
from services.catalogue.domain.names import course_id_of
from services.catalogue.domain.offerings import Offering, Plan, Published, publish_offering
from tests.support.examples import POLICY, TERMS, both

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
STARTS_AT = datetime(2027, 3, 23, 17, 30, tzinfo=UTC)
"""Tuesday 23 March 2027, 18:30; the second session is in summer time."""

COURSE = Course(
    course_id=course_id_of("LC-EN-AW-C1"),
    code="LC-EN-AW-C1",
    subject="languages",
    title=both("Academic writing"),
    summary=both("A text that reviewers finish."),
    description=both("Weekly feedback."),
    learning_goals=(both("order an argument"),),
    level="C1",
    study_load_hours=48,
)


def session(number: int, **changes: Any) -> Session:
    week = timedelta(weeks=number - 1)
    standard = Session(
        session_id=UUID(int=number),
        starts_at=STARTS_AT + week,
        ends_at=STARTS_AT + week + timedelta(hours=2),
        place="Room 0.12",
        online_url=None,
        lecturers=("Dr. F. McAllister",),
    )
    return replace(standard, **changes)


def plan(**changes: Any) -> Plan:
    standard = Plan(
        class_number="4218",
        academic_year="2026-2027",
        course_code="LC-EN-AW-C1",
        activity="course",
        taught_in="en",
        practical=None,
        organiser=both("Language Centre"),
        contact="languages@university.test",
        sessions=(session(1), session(2), session(3)),
        starts_at=None,
        ends_at=None,
        minimum=4,
        capacity=12,
        enrolment_opens_at=datetime(2026, 11, 1, 8, 0, tzinfo=UTC),
        enrolment_closes_at=None,
        currency="EUR",
        prices=(Price(affiliation=None, fee_minor=42000),),
        vat=Vat(rate="exempt", reason=both("Education")),
        policy_id=POLICY.policy_id,
        terms_id=TERMS.terms_id,
        elsewhere=None,
        document="certificate",
        lecturer_ids=(),
        coordinator_ids=(),
    )
    return replace(standard, **changes)


def publish(
    plan: Plan, known: Offering | None = None, course: Course = COURSE
) -> tuple[Offering, Published] | None:
    return publish_offering(known, plan, course, POLICY, TERMS, zone=AMSTERDAM)


def published(**changes: Any) -> Offering:
    """An offering in its first version."""
    told = publish(plan(**changes))
    assert told is not None
    return told[0]
