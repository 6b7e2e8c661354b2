"""What entries of the file look like: as at the HTTP edge, with keys for ids and wall-clock times for instants."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.catalogue import Activity, Document, Elsewhere, Kept, Moment, Vat
from contracts.fact import Currency, Language, MinorUnits, Translated
from services.catalogue.domain.courses import Level
from services.catalogue.domain.programmes import (
    Entry as ListEntry,
)
from services.catalogue.domain.programmes import (
    LookElsewhere,
    Procedure,
    ProgrammeKind,
)

KEY = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
CLASS_NUMBER = r"^[A-Za-z0-9][A-Za-z0-9-]{0,19}$"
ACADEMIC_YEAR = r"^\d{4}-\d{4}$"
MAIL_ADDRESS = r"^[^@\s]+@[^@\s]+$"

Key = Annotated[str, Meta(pattern=KEY)]
"""It stands in addresses."""
ClassNumber = Annotated[str, Meta(pattern=CLASS_NUMBER)]
AcademicYear = Annotated[str, Meta(pattern=ACADEMIC_YEAR)]
MailAddress = Annotated[str, Meta(pattern=MAIL_ADDRESS)]
WallClock = Annotated[datetime, Meta(tz=False)]
"""A time as the clock on the wall shows it."""
Count = Annotated[int, Meta(ge=0, le=100_000)]
Number = Annotated[int, Meta(ge=1, le=100_000)]


class SubjectEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`[[subject]]`."""

    code: Key
    name: Translated


class StepEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One of a policy's `steps`."""

    kept: Kept
    until: Moment | None = None
    """Left out: for good."""


class PolicyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`[[policy]]`."""

    key: Key
    version: Number
    name: Translated
    text: Translated
    steps: Annotated[tuple[StepEntry, ...], Meta(min_length=1)]
    kept_with_medical_proof: Kept | None = None
    kept_when_switching: Kept | None = None
    dropped_session_pro_rata: bool = False


class TermsEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`[[terms]]`."""

    key: Key
    version: Number
    text: Translated


class CourseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`[[course]]`."""

    code: Key
    subject: Key
    title: Translated
    summary: Translated
    description: Translated
    learning_goals: tuple[Translated, ...] = ()
    level: Level | None = None
    study_load_hours: Count | None = None


class SessionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One of an offering's `sessions`."""

    starts_at: WallClock
    ends_at: WallClock
    place: str | None = None
    online_url: str | None = None
    lecturers: tuple[str, ...] = ()
    key: Key | None = None
    """Says which session it is, however they are ordered; by default its number."""


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """An offering's `prices_minor`."""

    list: MinorUnits | None = None
    student: MinorUnits | None = None
    staff: MinorUnits | None = None
    guest: MinorUnits | None = None


class OfferingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`[[offering]]`."""

    class_number: ClassNumber
    academic_year: AcademicYear
    course: Key
    taught_in: Language
    organiser: Translated
    contact: MailAddress
    capacity: Count
    enrolment_opens_at: WallClock
    policy: Key
    terms: Key
    vat: Vat
    document: Document
    activity: Activity = "course"
    minimum: Count = 0
    enrolment_closes_at: WallClock | None = None
    currency: Currency = "EUR"
    prices_minor: Prices = Prices()
    practical: Translated | None = None
    sessions: tuple[SessionEntry, ...] = ()
    place: str | None = None
    online_url: str | None = None
    lecturers: tuple[str, ...] = ()
    starts_at: WallClock | None = None
    ends_at: WallClock | None = None
    elsewhere: Elsewhere | None = None
    lecturer_ids: tuple[UUID, ...] = ()
    coordinator_ids: tuple[UUID, ...] = ()


class ClassListEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`[[programme.list]]`."""

    academic_year: AcademicYear
    key: Key | None = None
    study_year: Number | None = None
    name: Translated | None = None
    revised_on: date | None = None
    complete: bool = True
    note: Translated | None = None
    look_elsewhere: LookElsewhere | None = None
    entries: tuple[ListEntry, ...] = ()


class ProgrammeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`[[programme]]`."""

    code: Key
    kind: ProgrammeKind
    name: Translated
    procedure: Procedure = "self_service"
    contact: MailAddress | None = None
    note: Translated | None = None
