"""What the catalogue tells: the offerings that people can enrol in."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.fact import Currency, Fact, Language, MinorUnits, Translated, UtcTime, Version

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
"""PRODUCT.md B2; `course` is a professional course of the Course Portal kind."""

Affiliation = Literal["student", "staff", "guest"]
"""Who somebody is to the institution (A9). An own account is a guest."""

VatRate = Literal["exempt", "9", "21"]

Document = Literal["certificate", "proof_of_attendance", "none"]
"""What a participant gets at the end (A28)."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting."""

    session_id: UUID
    starts_at: UtcTime
    ends_at: UtcTime
    place: str | None
    """Building and room; None when online only."""
    online_url: str | None
    """For participants only; never on a public page."""
    lecturers: tuple[str, ...]
    """Names as the course overview prints them."""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody of this affiliation pays; `affiliation` None is the list price."""

    affiliation: Affiliation | None
    fee_minor: MinorUnits


class Vat(msgspec.Struct, frozen=True, kw_only=True):
    """VAT that the fee includes, and the reason that an invoice must state."""

    rate: VatRate
    reason: Translated


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Registration is in another institution's system (B24)."""

    system: str
    foreign_code: str
    url: str


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of a policy, counted from an anchor in the institution's zone.

    `days` and `working_days` name the end of that calendar day; negative is before
    the anchor. `course_weeks` counts weeks (Monday to Sunday) of the course from the
    one that holds the start, and names the end of that week's Sunday. `exactly` is the anchor itself.
    """

    anchor: Literal["start", "sign_up", "enrolment_deadline"]
    unit: Literal["days", "working_days", "course_weeks", "exactly"]
    count: int = 0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the institution keeps: a percentage of the fee plus a fixed amount, never more than the fee."""

    percent: Annotated[int, Meta(ge=0, le=100)] = 0
    fixed_minor: MinorUnits = 0


class PolicyStep(msgspec.Struct, frozen=True, kw_only=True):
    """Until and including this moment, this much is kept. The first step that fits rules."""

    until: Moment | None
    """None: from the step before on, for good. Only the last step has it, and it must."""
    kept: Kept


class CancellationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What leaving costs, as data: the same rule is shown before buying and applied after.

    Source: PRODUCT.md, "Cancellation policies are data".
    """

    policy_id: UUID
    version: Version
    name: Translated
    text: Translated
    text_hash: str
    """SHA-256 of both texts, hex: what somebody accepted can be proved."""
    steps: Annotated[tuple[PolicyStep, ...], Meta(min_length=1)]
    kept_with_medical_proof: Kept | None = None
    """Replaces the step that rules, when the office has seen the proof."""
    kept_when_switching: Kept | None = None
    """Replaces the step that rules, when the learner moves to another offering."""
    dropped_session_pro_rata: bool = False
    """A session that the organiser drops gives back its share of the fee."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The general terms that somebody accepts before enrolling (A21)."""

    terms_id: UUID
    version: Version
    text: Translated
    text_hash: str


class OfferingState(Fact, frozen=True, kw_only=True):
    """Everything others need of an offering, whole, so that no order of facts has to be assumed."""

    about: ClassVar[str] = "offering_id"

    offering_id: UUID
    version: Version
    class_number: str
    """Unique in its academic year (B6)."""
    academic_year: Annotated[str, Meta(pattern=r"^\d{4}-\d{4}$")]
    course_id: UUID
    course_code: str
    title: Translated
    activity: Activity
    taught_in: Language
    level: str | None
    study_load_hours: int | None
    learning_goals: tuple[Translated, ...]
    practical: Translated | None
    """What to bring, how to get there: printed in confirmation and reminder."""
    organiser: Translated
    """The institute or centre that gives the course."""
    contact: str
    """Mail address for questions."""
    sessions: tuple[Session, ...]
    """In order of time. Empty only while nothing is scheduled or when taught elsewhere."""
    starts_at: UtcTime
    ends_at: UtcTime
    minimum: int
    capacity: Annotated[int, Meta(ge=0)]
    enrolment_opens_at: UtcTime
    enrolment_closes_at: UtcTime
    """From this instant on enrolling is refused."""
    currency: Currency
    prices: tuple[Price, ...]
    vat: Vat
    policy: CancellationPolicy
    terms: Terms
    elsewhere: Elsewhere | None
    document: Document
    lecturer_ids: tuple[UUID, ...]
    """Accounts that may record results."""
    coordinator_ids: tuple[UUID, ...]
    """Accounts that may see who is enrolled."""


class OfferingPublished(OfferingState, frozen=True, kw_only=True):
    """An offering stands in the overview, new or in a new version."""

    topic: ClassVar[str] = "catalogue.offering_published.v1"


class OfferingRescheduled(OfferingState, frozen=True, kw_only=True):
    """Times or places of an offering moved. Reminders, calendars and deadlines follow."""

    topic: ClassVar[str] = "catalogue.offering_rescheduled.v1"

    moved_session_ids: tuple[UUID, ...]


class OfferingCancelled(Fact, frozen=True, kw_only=True):
    """The organiser cancels. Everybody is told and gets everything back."""

    topic: ClassVar[str] = "catalogue.offering_cancelled.v1"
    about: ClassVar[str] = "offering_id"

    offering_id: UUID
    version: Version
    title: Translated
    reason: Translated


class ProgrammeDescribed(Fact, frozen=True, kw_only=True):
    """A programme is new, or is described in another way: who answers questions about it is known (B4)."""

    topic: ClassVar[str] = "catalogue.programme_described.v1"
    about: ClassVar[str] = "programme_id"

    programme_id: UUID
    """Made of the code."""
    version: Version
    code: str
    title: Translated
    contact: str | None
    """Mail address for questions; None: the institution's own."""
