"""Records' own copy of what the catalogue tells."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from contracts.catalogue import Activity, Document, OfferingState
from contracts.fact import Translated
from services.records.domain.evaluations import Window, evaluation_window


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """What records has to know of an offering: who records results, and what stands on a document."""

    offering_id: UUID
    version: int
    class_number: str
    academic_year: str
    title: Translated
    activity: Activity
    level: str | None
    study_load_hours: int | None
    learning_goals: tuple[Translated, ...]
    organiser: Translated
    lecturers: tuple[str, ...]
    """Names as the course overview prints them, in the order in which they teach."""
    starts_at: datetime
    ends_at: datetime
    document: Document
    lecturer_ids: tuple[UUID, ...]
    coordinator_ids: tuple[UUID, ...]
    evaluation: Window | None
    """When participants can evaluate; None for what is not evaluated."""


def copy_offering(told: OfferingState, *, evaluation_weeks: int, zone: ZoneInfo) -> Offering:
    """Take over what the catalogue tells."""
    names = [name for session in told.sessions for name in session.lecturers]
    return Offering(
        offering_id=told.offering_id,
        version=told.version,
        class_number=told.class_number,
        academic_year=told.academic_year,
        title=told.title,
        activity=told.activity,
        level=told.level,
        study_load_hours=told.study_load_hours,
        learning_goals=told.learning_goals,
        organiser=told.organiser,
        lecturers=tuple(dict.fromkeys(names)),
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        document=told.document,
        lecturer_ids=told.lecturer_ids,
        coordinator_ids=told.coordinator_ids,
        evaluation=evaluation_window(
            told.activity, told.starts_at, told.ends_at, weeks=evaluation_weeks, zone=zone
        ),
    )
