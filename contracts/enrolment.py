"""What enrolment tells: who has a place, who waits, who leaves."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.erasure import AnsweredErasure, ErasedPersonalData
from contracts.fact import Currency, Fact, MinorUnits, UtcTime, Version

Payer = Literal["self", "employer"]

WithdrawalReason = Literal["time", "ill", "wrong", "work", "other"]
"""A learner's own words stay with enrolment; facts carry the choice that was made."""

RefundGround = Literal["policy", "medical", "goodwill", "organiser"]
"""Why the office gives back what it gives back."""


class LeavingCost(msgspec.Struct, frozen=True, kw_only=True):
    """Leaving before this instant (None: for good) costs this much of the fee."""

    until: UtcTime | None
    kept_minor: MinorUnits


class EnrolmentFact(Fact, frozen=True, kw_only=True):
    """What all facts about one enrolment carry."""

    about: ClassVar[str] = "enrolment_id"

    enrolment_id: UUID
    version: Version
    learner_id: UUID
    offering_id: UUID


class EnrolmentRequested(EnrolmentFact, frozen=True, kw_only=True):
    """A seat is held for a learner until the fee is paid or the hold lapses.

    Payment opens an order on it.
    """

    topic: ClassVar[str] = "enrolment.requested.v1"

    payer: Payer
    fee_minor: Annotated[int, Meta(ge=1)]
    """Minor units of `currency`. A free place is never held: it is confirmed."""
    currency: Currency
    held_until: UtcTime
    """The hold lapses at this instant; a payment at it is late."""
    starts_at: UtcTime
    """An invoice is due no later."""


class EnrolledOnBehalf(EnrolmentFact, frozen=True, kw_only=True):
    """The office enrolled a learner (B3). Both are told.

    Told besides the fact of the place itself, whose version it shares.
    """

    topic: ClassVar[str] = "enrolment.enrolled_on_behalf.v1"

    actor_id: UUID
    """Who did it."""
    place: Literal["held", "confirmed", "waitlisted"]
    payer: Payer
    fee_minor: MinorUnits
    currency: Currency
    held_until: UtcTime | None
    """To be paid before this instant; None where nothing is held."""


class LearnerWaitlisted(EnrolmentFact, frozen=True, kw_only=True):
    """The offering is full; the learner stands in line, in order of arrival."""

    topic: ClassVar[str] = "enrolment.learner_waitlisted.v1"

    position: Annotated[int, Meta(ge=1)]


class PlaceOffered(EnrolmentFact, frozen=True, kw_only=True):
    """A freed seat is kept for the head of the line until the offer lapses."""

    topic: ClassVar[str] = "enrolment.place_offered.v1"

    fee_minor: MinorUnits
    currency: Currency
    offered_until: UtcTime


class EnrolmentConfirmed(EnrolmentFact, frozen=True, kw_only=True):
    """The enrolment is final: paid, or free (A16)."""

    topic: ClassVar[str] = "enrolment.confirmed.v1"

    fee_minor: MinorUnits
    currency: Currency
    confirmed_at: UtcTime
    policy_version: Version
    accepted_at: UtcTime
    leaving_costs: tuple[LeavingCost, ...]
    """In order of time; the last one has no end. Empty for a free place."""


class EnrolmentLapsed(EnrolmentFact, frozen=True, kw_only=True):
    """A hold or an offer ran out; the seat goes on to somebody else."""

    topic: ClassVar[str] = "enrolment.lapsed.v1"

    why: Literal["not_paid", "offer_not_taken"]
    lapsed_at: UtcTime


class PlaceDenied(EnrolmentFact, frozen=True, kw_only=True):
    """Money came for an enrolment that has no place any more. Payment gives it all back.

    Source: PRODUCT.md, "Money that arrives after the hold lapsed is never lost".
    """

    topic: ClassVar[str] = "enrolment.place_denied.v1"

    order_id: UUID
    why: Literal["full", "started", "withdrawn", "cancelled", "enrolled_again"]


class WithdrawalSubmitted(EnrolmentFact, frozen=True, kw_only=True):
    """A learner leaves (A22–A25). The seat is free again; the money waits for the review."""

    topic: ClassVar[str] = "enrolment.withdrawal_submitted.v1"

    withdrawal_id: UUID
    reason: WithdrawalReason
    submitted_at: UtcTime
    was_confirmed: bool
    """False: nothing had been paid, so nothing waits for a review."""
    fee_minor: MinorUnits
    kept_minor: MinorUnits
    """What the accepted policy keeps; the office can decide otherwise."""
    currency: Currency


class WithdrawalReviewed(EnrolmentFact, frozen=True, kw_only=True):
    """The office decided what is given back (A26, A27)."""

    topic: ClassVar[str] = "enrolment.withdrawal_reviewed.v1"

    withdrawal_id: UUID
    ground: RefundGround
    refund_minor: MinorUnits
    kept_minor: MinorUnits
    currency: Currency
    explanation: str | None
    """The office's own words to the learner, quoted in the mail; given where it departs from the policy."""
    reviewed_at: UtcTime


class EnrolmentCancelled(EnrolmentFact, frozen=True, kw_only=True):
    """The organiser cancelled the offering: this enrolment is over, the whole fee goes back."""

    topic: ClassVar[str] = "enrolment.cancelled.v1"

    was_confirmed: bool
    refund_minor: MinorUnits
    currency: Currency


class RefundGranted(EnrolmentFact, frozen=True, kw_only=True):
    """The organiser dropped sessions, and the accepted policy gives back their share. The enrolment goes on."""

    topic: ClassVar[str] = "enrolment.refund_granted.v1"

    refund_minor: Annotated[int, Meta(ge=1)]
    currency: Currency
    dropped_sessions: Annotated[int, Meta(ge=1)]


class PlacesTaken(Fact, frozen=True, kw_only=True):
    """How full an offering is, told once per decided batch."""

    topic: ClassVar[str] = "enrolment.places_taken.v1"
    about: ClassVar[str] = "offering_id"

    offering_id: UUID
    version: Version
    """Counts this offering's changes of occupation, not the catalogue's versions."""
    capacity: int
    taken: int
    """Held, offered and confirmed."""
    waiting: int


class EnrolmentAnsweredErasure(AnsweredErasure, frozen=True, kw_only=True):
    """Enrolment has nothing against forgetting somebody, or says everything that stands in the way."""

    topic: ClassVar[str] = "enrolment.answered_erasure.v1"


class EnrolmentErasedPersonalData(ErasedPersonalData, frozen=True, kw_only=True):
    """Enrolment has forgotten who somebody was."""

    topic: ClassVar[str] = "enrolment.erased_personal_data.v1"
