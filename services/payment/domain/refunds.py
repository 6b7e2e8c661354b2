"""Giving money back: who may claim it, how much of it, and how it travels (invariant 7)."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentFact,
    PlaceDenied,
    RefundGranted,
    WithdrawalReviewed,
)
from contracts.payment import RefundIssued
from services.payment import refusals
from services.payment.domain.orders import Order
from services.payment.domain.payments import Payment

Why = Literal["withdrawal", "late_payment", "double_payment", "cancelled", "dropped_session"]
State = Literal["requested", "sent", "refunded", "refused", "to_transfer", "transferred"]
ProviderStatus = Literal["queued", "pending", "processing", "refunded", "failed", "canceled"]

OUT: frozenset[State] = frozenset({"sent", "refunded", "transferred"})
"""The money is no longer with us. A refund that is refused after that has bounced."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A fact says that money of an enrolment has to go back. One fact, one claim, one refund at most."""

    enrolment_id: UUID
    why: Why
    version: int
    """Of the enrolment, in the fact that says so."""
    amount_minor: int | None
    """None: all that was paid."""


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back. `payment_id` and `sequence` are its key: no retry refunds twice."""

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    sequence: int
    amount_minor: int
    currency: str
    why: Why
    state: State
    requested_at: datetime
    issued_at: datetime | None = None
    """When the provider took it over, or finance transferred it. Told once, then."""
    provider_id: str | None = None
    try_number: int = 1
    """Rises when finance has a refused one sent again."""
    attempts: int = 0
    """Calls of this try, counted before each: the provider may have heard one whose answer we did not."""
    due_at: datetime | None = None
    refused_why: str | None = None

    @property
    def key(self) -> str:
        """The provider's Idempotency-Key: the refund's id; a refused one needs a new key to be tried again."""
        return (
            str(self.refund_id) if self.try_number == 1 else f"{self.refund_id}-{self.try_number}"
        )


class AtProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as the provider knows it."""

    provider_id: str
    status: ProviderStatus
    key: str | None
    """The key that it was created with, as it stands in its metadata."""


def claim_of(fact: EnrolmentFact) -> Claim | None:
    """What a fact asks back; None where it asks for nothing."""
    why: Why
    amount: int | None
    match fact:
        case WithdrawalReviewed(refund_minor=amount) if amount:
            why = "withdrawal"
        case EnrolmentCancelled(was_confirmed=True, refund_minor=amount) if amount:
            why = "cancelled"
        case RefundGranted(refund_minor=amount):
            why = "dropped_session"
        case PlaceDenied():
            why, amount = "late_payment", None
        case _:
            return None
    return Claim(enrolment_id=fact.enrolment_id, why=why, version=fact.version, amount_minor=amount)


def request_refund(
    payment: Payment, why: Why, amount_minor: int | None, *, refund_id: UUID, now: datetime
) -> tuple[Payment, Refund] | None:
    """Set money of a captured payment aside to go back: what is asked, but never more than is left of it.

    None where nothing is left. What came by bank transfer goes back by bank transfer, by finance.
    """
    left = payment.refundable_minor
    amount = left if amount_minor is None else min(amount_minor, left)
    if not amount:
        return None
    sequence = payment.refunds + 1
    counted = replace(payment, refunds=sequence, refunded_minor=payment.refunded_minor + amount)
    return counted, Refund(
        refund_id=refund_id,
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        sequence=sequence,
        amount_minor=amount,
        currency=payment.currency,
        why=why,
        state="requested" if payment.online else "to_transfer",
        requested_at=now,
        due_at=now if payment.online else None,
    )


def learn_refund(refund: Refund, found: AtProvider, *, now: datetime) -> Refund:
    """Take over what the provider says of a refund.

    It counts as issued when the provider has taken it over: from then on it is the provider's
    debt to the learner. Banks take days after that, and people want to know today.
    """
    if refund.state not in {"requested", "sent"}:
        return refund
    known = replace(refund, provider_id=found.provider_id)
    issued_at = refund.issued_at or now
    match found.status:
        case "refunded":
            return replace(known, state="refunded", issued_at=issued_at, due_at=None)
        case "queued" | "pending" | "processing":
            attempts = 0 if refund.state == "requested" else refund.attempts
            due_at = now + pause_after(attempts)
            return replace(
                known, state="sent", issued_at=issued_at, attempts=attempts, due_at=due_at
            )
        case "failed" | "canceled" as ended:
            return refuse_refund(known, f"The provider says: {ended}.")


def refuse_refund(refund: Refund, why: str) -> Refund:
    """The provider does not do it. Finance has to look."""
    return replace(refund, state="refused", refused_why=why, due_at=None)


def retry_refund(refund: Refund, *, now: datetime) -> Refund:
    """Send a refused refund again.

    Raises:
        Refusal: it was not refused.
    """
    if refund.state != "refused":
        raise refusals.REFUND_NOT_REFUSED(state=refund.state)
    return replace(
        refund,
        state="requested",
        provider_id=None,
        try_number=refund.try_number + 1,
        attempts=0,
        due_at=now,
        refused_why=None,
    )


def transfer_refund(refund: Refund, *, now: datetime) -> Refund:
    """Finance has transferred it.

    Raises:
        Refusal: it does not wait for a transfer (any more).
    """
    if refund.state not in {"to_transfer", "refused"}:
        raise refusals.NOTHING_TO_TRANSFER(state=refund.state)
    return replace(refund, state="transferred", issued_at=refund.issued_at or now, refused_why=None)


def booked_as(before: Refund, after: Refund) -> Literal["refund_issued", "refund_bounced"] | None:
    """What a change of a refund is in the books."""
    if (before.state in OUT) == (after.state in OUT):
        return None
    return "refund_issued" if after.state in OUT else "refund_bounced"


def pause_after(attempts: int) -> timedelta:
    """How long to wait before the provider is asked again."""
    return min(FIRST_PAUSE * (1 << min(attempts, 12)), LONGEST_PAUSE)


def tell_refund(order: Order, refund: Refund) -> RefundIssued | None:
    """What others hear once money has gone back; None before."""
    if refund.issued_at is None:
        return None
    return RefundIssued(
        order_id=order.order_id,
        enrolment_id=order.enrolment_id,
        learner_id=order.learner_id,
        refund_id=refund.refund_id,
        payment_id=refund.payment_id,
        sequence=refund.sequence,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        why=refund.why,
        issued_at=refund.issued_at,
    )
