"""What the portal reads of the catalogue. Fields that no page shows are left out."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from contracts.fact import Language

Standing = Literal["open", "full", "not_yet_open", "closed", "elsewhere", "over", "cancelled"]
Sort = Literal["best", "start", "price"]


class Subject(msgspec.Struct, frozen=True):
    """A field that courses are filed under."""

    code: str
    name: str


class Price(msgspec.Struct, frozen=True):
    """What somebody of this affiliation pays; None is the list price."""

    affiliation: str | None
    fee_minor: int


class Places(msgspec.Struct, frozen=True):
    """How full an offering is."""

    capacity: int
    free: int
    waiting: int


class Elsewhere(msgspec.Struct, frozen=True):
    """Where one registers instead (B24)."""

    system: str
    foreign_code: str
    url: str


class OfferingItem(msgspec.Struct, frozen=True):
    """An offering in the overview."""

    offering_id: UUID
    class_number: str
    course_code: str
    title: str
    summary: str
    subject: Subject
    activity: str
    level: str | None
    taught_in: Language
    starts_at: datetime
    sessions: int
    on_campus: bool
    online: bool
    standing: Standing
    enrolment_opens_at: datetime
    currency: str
    fee_minor: int | None
    prices: tuple[Price, ...]
    places: Places
    elsewhere: Elsewhere | None


class FacetValue(msgspec.Struct, frozen=True):
    """How many offerings there would be with this value."""

    value: str
    name: str
    offerings: int


class Facets(msgspec.Struct, frozen=True):
    """What a search can be narrowed by."""

    subject: tuple[FacetValue, ...]
    level: tuple[FacetValue, ...]
    taught_in: tuple[FacetValue, ...]
    activity: tuple[FacetValue, ...]


class SearchPage(msgspec.Struct, frozen=True):
    """A page of the overview."""

    items: tuple[OfferingItem, ...]
    next: str | None
    similar: dict[str, str]
    total: int | None
    """Of the first page only, as the facets."""
    facets: Facets | None


class Course(msgspec.Struct, frozen=True):
    """The course that an offering is of."""

    code: str
    summary: str
    subject: Subject
    level: str | None


class Meeting(msgspec.Struct, frozen=True):
    """One session."""

    starts_at: datetime
    ends_at: datetime
    place: str | None
    online: bool
    lecturers: tuple[str, ...]


class Conditions(msgspec.Struct, frozen=True):
    """What one accepts by enrolling (A21)."""

    policy_id: UUID
    policy_version: int
    terms_id: UUID
    terms_version: int


class Vat(msgspec.Struct, frozen=True):
    """VAT that the price includes."""

    rate: str
    reason: str


class Offering(msgspec.Struct, frozen=True):
    """An offering with everything that one wants to know before enrolling."""

    offering_id: UUID
    class_number: str
    academic_year: str
    course: Course
    title: str
    description: str
    learning_goals: tuple[str, ...]
    activity: str
    taught_in: Language
    practical: str | None
    organiser: str
    contact: str
    starts_at: datetime
    ends_at: datetime
    sessions: tuple[Meeting, ...]
    standing: Standing
    cancelled_at: datetime | None
    cancelled_why: str | None
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime
    places: Places
    currency: str
    fee_minor: int | None
    prices: tuple[Price, ...]
    vat: Vat
    conditions: Conditions
    elsewhere: Elsewhere | None
    document: Literal["certificate", "proof_of_attendance", "none"]


class Moment(msgspec.Struct, frozen=True):
    """From what a limit is counted."""

    anchor: Literal["sign_up", "enrolment_deadline", "start"]


class PolicyStep(msgspec.Struct, frozen=True):
    """One step of a policy."""

    until: Moment | None


class Policy(msgspec.Struct, frozen=True):
    """One version of a cancellation policy."""

    policy_id: UUID
    version: int
    name: str
    text: str
    steps: tuple[PolicyStep, ...]


class Terms(msgspec.Struct, frozen=True):
    """One version of the general terms."""

    terms_id: UUID
    version: int
    text: str


async def search_offerings(
    ask: Asking,
    *,
    words: str = "",
    subject: tuple[str, ...] = (),
    level: tuple[str, ...] = (),
    taught_in: tuple[str, ...] = (),
    activity: tuple[str, ...] = (),
    starts_from: date | None = None,
    starts_until: date | None = None,
    max_price_minor: int | None = None,
    free_places: bool = False,
    sort: Sort = "best",
    cursor: str | None = None,
    limit: int = 20,
) -> SearchPage:
    """A page of what there is to learn."""
    return await ask.get(
        "catalogue",
        "/v1/offerings",
        SearchPage,
        words=words,
        subject=subject,
        level=level,
        taught_in=taught_in,
        activity=activity,
        starts_from=starts_from.isoformat() if starts_from else None,
        starts_until=starts_until.isoformat() if starts_until else None,
        max_price_minor=max_price_minor,
        free_places=free_places or None,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


async def get_offering(ask: Asking, offering_id: UUID) -> Offering:
    """One offering, also when it is over or cancelled."""
    return await ask.get("catalogue", f"/v1/offerings/{offering_id}", Offering)


async def get_policy(ask: Asking, policy_id: UUID, version: int) -> Policy:
    """One version of a policy."""
    return await ask.get("catalogue", f"/v1/policies/{policy_id}/versions/{version}", Policy)


async def get_terms(ask: Asking, terms_id: UUID, version: int) -> Terms:
    """One version of the terms."""
    return await ask.get("catalogue", f"/v1/terms/{terms_id}/versions/{version}", Terms)


async def list_policies(ask: Asking) -> list[Policy]:
    """Every policy, in the version that holds now."""
    return await ask.get("catalogue", "/v1/policies", list[Policy])


async def list_terms(ask: Asking) -> list[Terms]:
    """All terms, in the version that holds now."""
    return await ask.get("catalogue", "/v1/terms", list[Terms])
