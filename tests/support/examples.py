"""Offerings and the like as their services tell them, with sensible values that a test changes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from msgspec.structs import replace

from contracts.catalogue import (
    CancellationPolicy,
    Kept,
    Moment,
    OfferingCancelled,
    OfferingPublished,
    PolicyStep,
    Price,
    Session,
    Terms,
    Vat,
)
from contracts.fact import Translated


def both(text: str) -> Translated:
    return Translated(nl=f"{text} (nl)", en=text)


POLICY = CancellationPolicy(
    policy_id=UUID(int=1),
    version=3,
    name=both("Standard"),
    text=both("85 % back until 14 days before the start, then 50 %, then nothing."),
    text_hash="a" * 64,
    steps=(
        PolicyStep(until=Moment(anchor="start", unit="days", count=-14), kept=Kept(percent=15)),
        PolicyStep(until=Moment(anchor="start", unit="exactly"), kept=Kept(percent=50)),
        PolicyStep(until=None, kept=Kept(percent=100)),
    ),
)
TERMS = Terms(terms_id=UUID(int=2), version=1, text=both("Terms."), text_hash="b" * 64)
STARTS_AT = datetime(2027, 4, 13, 16, 30, tzinfo=UTC)
"""Tuesday 13 April 2027, 18:30 in Amsterdam."""
LECTURER, COORDINATOR = UUID(int=11), UUID(int=12)


def offering(**changes: Any) -> OfferingPublished:
    """Academic writing: €195 for students, €420 for others, 12 places, three Tuesday evenings."""
    sessions = tuple(
        Session(
            session_id=UUID(int=100 + week),
            starts_at=STARTS_AT + timedelta(weeks=week),
            ends_at=STARTS_AT + timedelta(weeks=week, hours=2),
            place="Language Centre, room 0.12",
            online_url=None,
            lecturers=("Dr. F. McAllister",),
        )
        for week in range(3)
    )
    standard = OfferingPublished(
        offering_id=uuid4(),
        version=1,
        class_number="4218",
        academic_year="2026-2027",
        course_id=UUID(int=3),
        course_code="LC-EN-AW-C1",
        title=both("Academic writing in English"),
        activity="course",
        taught_in="en",
        level="C1",
        study_load_hours=48,
        learning_goals=(both("state a contribution in one sentence"),),
        practical=both("Bring a laptop."),
        organiser=both("Language Centre"),
        contact="courses@portal.test",
        sessions=sessions,
        starts_at=sessions[0].starts_at,
        ends_at=sessions[-1].ends_at,
        minimum=4,
        capacity=12,
        enrolment_opens_at=datetime(2027, 1, 11, 12, 0, tzinfo=UTC),
        enrolment_closes_at=datetime(2027, 4, 6, 22, 0, tzinfo=UTC),
        currency="EUR",
        prices=(
            Price(affiliation=None, fee_minor=42000),
            Price(affiliation="student", fee_minor=19500),
        ),
        vat=Vat(rate="exempt", reason=both("Education")),
        policy=POLICY,
        terms=TERMS,
        elsewhere=None,
        document="certificate",
        lecturer_ids=(LECTURER,),
        coordinator_ids=(COORDINATOR,),
    )
    return replace(standard, **changes)


def cancellation(of: OfferingPublished, reason: str = "The lecturer is ill.") -> OfferingCancelled:
    """The organiser calls an offering off, in its second version."""
    return OfferingCancelled(
        offering_id=of.offering_id, version=2, title=of.title, reason=both(reason)
    )
