"""Offerings, dossiers and results for tests of rules, with sensible values that a test changes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from services.records.domain.offerings import Offering, copy_offering
from services.records.domain.results import Dossier, Recorded, Result, Wanted, correct_result
from tests.support.examples import offering as told

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ADA, TEACHER, OFFICE = UUID(int=21), UUID(int=11), UUID(int=22)
DURING = datetime(2027, 4, 20, 12, 0, tzinfo=UTC)
"""The course runs from 13 to 27 April 2027."""


def offering(**changes: Any) -> Offering:
    return replace(copy_offering(told(), evaluation_weeks=4, zone=AMSTERDAM), **changes)


def dossier(of: Offering, **changes: Any) -> Dossier:
    standard = Dossier(
        enrolment_id=UUID(int=31),
        learner_id=ADA,
        offering_id=of.offering_id,
        state="open",
        closed_why=None,
        result=None,
    )
    return replace(standard, **changes)


def result(outcome: Any = "passed", grade: str | None = None, version: int = 1) -> Result:
    return Result(
        version=version,
        outcome=outcome,
        grade=grade,
        reason=None,
        recorded_at=DURING,
        recorded_by=TEACHER,
    )


def recorded(
    of: Offering,
    outcome: Any,
    grade: str | None = None,
    *,
    before: Result | None = None,
) -> Recorded:
    """A result that has just been recorded, perhaps in place of another."""
    new = correct_result(
        dossier(of, result=before),
        of,
        Wanted(
            outcome=outcome,
            grade=grade,
            reason="Counted again.",
            corrects=before.version if before else None,
        ),
        by=TEACHER,
        now=DURING,
    )
    assert new is not None
    return new
