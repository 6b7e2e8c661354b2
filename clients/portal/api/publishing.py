"""What the portal reads and asks of the catalogue for the office: everything, in both languages."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.catalogue import Places, Standing, Subject
from clients.portal.api.paging import Page
from contracts.fact import Language, Translated

Activity = Literal[
    "course",
    "lecture",
    "seminar",
    "practical",
    "exam",
    "resit",
    "paper",
    "assignment",
    "presentation",
    "research_project",
]
Document = Literal["certificate", "proof_of_attendance", "none"]
VatRate = Literal["exempt", "9", "21"]
Affiliation = Literal["student", "staff", "guest"]
Level = Literal[
    "A1", "A2", "B1", "B2", "C1", "C2", "beginner", "intermediate", "advanced",
    "bachelor", "master", "phd",
]  # fmt: skip
Lot = Literal["coming", "over", "cancelled", "all"]
Change = Literal["new", "changed", "moved", "unchanged"]

ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
DOCUMENTS: tuple[Document, ...] = get_args(Document)
VAT_RATES: tuple[VatRate, ...] = get_args(VatRate)
AFFILIATIONS: tuple[Affiliation, ...] = get_args(Affiliation)
LEVELS: tuple[Level, ...] = get_args(Level)
LOTS: tuple[Lot, ...] = get_args(Lot)

_FILE_TAKES_S = 20
"""How much longer than anything else a file may take: it is compared with the whole catalogue."""


class Kept(msgspec.Struct, frozen=True):
    """An offering in the office's list, whether or not anybody else can find it."""

    offering_id: UUID
    class_number: str
    academic_year: str
    course_code: str
    title: str
    starts_at: datetime
    standing: Standing
    places: Places


class PlanSession(msgspec.Struct, frozen=True, kw_only=True):
    """One session; without an id it is a new one."""

    starts_at: datetime
    ends_at: datetime
    session_id: UUID | None = None
    place: str | None = None
    online_url: str | None = None
    lecturers: tuple[str, ...] = ()


class PlanPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody of this affiliation pays; None is the list price."""

    affiliation: Affiliation | None
    fee_minor: int


class PlanVat(msgspec.Struct, frozen=True, kw_only=True):
    """VAT that the price includes, and what the invoice must say about it."""

    rate: VatRate
    reason: Translated


class PlanElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Where one registers instead (B24)."""

    system: str
    foreign_code: str
    url: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the office decides about an offering."""

    class_number: str
    academic_year: str
    course_code: str
    activity: Activity
    taught_in: Language
    practical: Translated | None
    organiser: Translated
    contact: str
    sessions: tuple[PlanSession, ...]
    starts_at: datetime | None
    """Only without sessions."""
    ends_at: datetime | None
    minimum: int
    capacity: int
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime | None
    currency: str
    prices: tuple[PlanPrice, ...]
    vat: PlanVat
    policy_id: UUID
    terms_id: UUID
    elsewhere: PlanElsewhere | None
    document: Document
    lecturer_ids: tuple[UUID, ...]
    coordinator_ids: tuple[UUID, ...]


class Planned(msgspec.Struct, frozen=True):
    """An offering as the office keeps it."""

    offering_id: UUID
    title: Translated
    plan: Plan
    starts_at: datetime
    ends_at: datetime
    enrolment_closes_at: datetime
    cancelled_at: datetime | None
    cancelled_why: Translated | None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a session is from now on."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str | None
    online_url: str | None


class Rescheduling(msgspec.Struct, frozen=True):
    """The sessions that move."""

    sessions: tuple[Move, ...]


class Cancellation(msgspec.Struct, frozen=True):
    """Why an offering does not take place."""

    reason: Translated


class CourseItem(msgspec.Struct, frozen=True):
    """A course in a list."""

    code: str
    title: str
    subject: Subject
    level: str | None


class CourseWords(msgspec.Struct, frozen=True, kw_only=True):
    """A course in both languages."""

    code: str
    subject: str
    title: Translated
    summary: Translated
    description: Translated
    learning_goals: tuple[Translated, ...]
    level: Level | None
    study_load_hours: int | None


class SentFile(msgspec.Struct, frozen=True):
    """A catalogue file."""

    name: str
    text: str


class BadEntry(msgspec.Struct, frozen=True):
    """Something that a file should say otherwise."""

    line: int
    where: str
    reason: str


class EntryChange(msgspec.Struct, frozen=True):
    """What an import makes of one entry."""

    kind: Literal["subject", "policy", "terms", "course", "offering", "programme", "list"]
    name: str
    line: int | None
    change: Change


class Changes(msgspec.Struct, frozen=True):
    """How much is new, changed, moved in time or place, or as it was."""

    new: int
    changed: int
    moved: int
    unchanged: int
    entries: tuple[EntryChange, ...]


class CheckedFile(msgspec.Struct, frozen=True):
    """What a file would change."""

    file_id: UUID
    name: str
    good_until: datetime
    bad: tuple[BadEntry, ...]
    bad_total: int
    changes: Changes


async def list_kept(
    ask: Asking, lot: Lot, *, words: str = "", cursor: str | None = None
) -> Page[Kept]:
    """Everything that is or was offered, the latest to start first."""
    return await ask.get("catalogue", "/v1/plans", Page[Kept], words=words, lot=lot, cursor=cursor)


async def get_plan(ask: Asking, offering_id: UUID) -> tuple[Planned, str]:
    """An offering as the office keeps it, and the ETag to change it with."""
    return await ask.get_with_tag("catalogue", f"/v1/offerings/{offering_id}/plan", Planned)


async def publish_new_offering(ask: Asking, plan: Plan, *, key: str) -> Planned:
    """Publish an offering under a new class number."""
    return await ask.post("catalogue", "/v1/offerings", plan, Planned, key=key)


async def publish_new_version(ask: Asking, offering_id: UUID, plan: Plan, *, tag: str) -> Planned:
    """Publish an offering anew, in place of what was read."""
    return await ask.put("catalogue", f"/v1/offerings/{offering_id}/plan", plan, Planned, tag=tag)


async def reschedule_offering(
    ask: Asking, offering_id: UUID, moves: tuple[Move, ...], *, key: str
) -> Planned:
    """Move sessions in time or place; everybody who has a place is told."""
    path = f"/v1/offerings/{offering_id}/rescheduling"
    return await ask.post("catalogue", path, Rescheduling(moves), Planned, key=key)


async def cancel_offering(
    ask: Asking, offering_id: UUID, reason: Translated, *, key: str
) -> Planned:
    """Call an offering off; everybody is told, and gets everything back."""
    path = f"/v1/offerings/{offering_id}/cancellation"
    return await ask.post("catalogue", path, Cancellation(reason), Planned, key=key)


async def list_courses(
    ask: Asking, *, cursor: str | None = None, limit: int = 20
) -> Page[CourseItem]:
    """Courses in the order of their codes."""
    return await ask.get("catalogue", "/v1/courses", Page[CourseItem], cursor=cursor, limit=limit)


async def list_subjects(ask: Asking) -> tuple[Subject, ...]:
    """The fields that courses are filed under."""
    return await ask.get("catalogue", "/v1/subjects", tuple[Subject, ...])


async def get_course_words(ask: Asking, code: str) -> tuple[CourseWords, str]:
    """A course in all its words, and the ETag to change them with."""
    return await ask.get_with_tag("catalogue", f"/v1/courses/{code}/description", CourseWords)


async def publish_new_course(ask: Asking, course: CourseWords, *, key: str) -> CourseWords:
    """Publish a course under a new code."""
    return await ask.post("catalogue", "/v1/courses", course, CourseWords, key=key)


async def describe_course(ask: Asking, course: CourseWords, *, tag: str) -> CourseWords:
    """Say a course in other words, in place of what was read."""
    path = f"/v1/courses/{course.code}/description"
    return await ask.put("catalogue", path, course, CourseWords, tag=tag)


async def check_file(ask: Asking, file: SentFile, *, key: str) -> CheckedFile:
    """Send a file and see what it would change; nothing is changed."""
    return await ask.post(
        "catalogue", "/v1/catalogue-files", file, CheckedFile, key=key, wait_s=_FILE_TAKES_S
    )


async def get_file(ask: Asking, file_id: UUID) -> CheckedFile:
    """What a file that was sent within the hour would change now."""
    path = f"/v1/catalogue-files/{file_id}"
    return await ask.get("catalogue", path, CheckedFile, wait_s=_FILE_TAKES_S)


async def import_file(ask: Asking, file_id: UUID, *, key: str) -> Changes:
    """Import a file that was checked: all of it or nothing."""
    path = f"/v1/catalogue-files/{file_id}/import"
    return await ask.post("catalogue", path, None, Changes, key=key, wait_s=_FILE_TAKES_S)
