"""What an enrolment has to pay: opening, extending, closing and reopening its order."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.catalogue import VatRate
from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentFact,
    EnrolmentLapsed,
    EnrolmentRequested,
    Payer,
    WithdrawalSubmitted,
)
from services.payment import refusals
from services.payment.domain.billing import Billing

State = Literal["open", "paid", "closed"]
ClosedWhy = Literal["lapsed", "withdrawn", "cancelled"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What one enrolment has to pay, and whether it did. Paid once, by one payment, for good."""

    order_id: UUID
    enrolment_id: UUID
    enrolment_version: int
    """Of the latest fact that opened or closed this order. Facts of older versions are ignored."""
    learner_id: UUID
    offering_id: UUID
    payer: Payer
    fee_minor: int
    currency: str
    state: State
    opened_at: datetime
    held_until: datetime
    starts_at: datetime
    vat_rate: VatRate | None = None
    """As it was when the fee was invoiced or captured; None before, or while the catalogue has not told it."""
    billing: Billing | None = None
    """Who pays, if it is not the learner."""
    paid_by: UUID | None = None
    paid_at: datetime | None = None
    closed_at: datetime | None = None
    closed_why: ClosedWhy | None = None

    def owed_minor(self, now: datetime) -> int:
        """What can be paid now."""
        return self.fee_minor if self.state == "open" and now < self.held_until else 0


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment ended unpaid, at this version of it."""

    enrolment_id: UUID
    version: int
    why: ClosedWhy


def open_order(
    known: Order | None,
    ending: Ending | None,
    told: EnrolmentRequested,
    *,
    order_id: UUID,
    now: datetime,
) -> Order | None:
    """Open the order of an enrolment; extend or reopen the one it has. None where nothing is new.

    Total, in any order of facts: an ending that was told before its beginning closes the order
    at once. What is paid stays paid.
    """
    if known is not None:
        if told.version <= known.enrolment_version:
            return None
        state: State = "paid" if known.state == "paid" else "open"
        return replace(
            known,
            enrolment_version=told.version,
            payer=told.payer,
            fee_minor=told.fee_minor,
            currency=told.currency,
            state=state,
            held_until=max(known.held_until, told.held_until),
            starts_at=told.starts_at,
            closed_at=None,
            closed_why=None,
        )
    order = Order(
        order_id=order_id,
        enrolment_id=told.enrolment_id,
        enrolment_version=told.version,
        learner_id=told.learner_id,
        offering_id=told.offering_id,
        payer=told.payer,
        fee_minor=told.fee_minor,
        currency=told.currency,
        state="open",
        opened_at=now,
        held_until=told.held_until,
        starts_at=told.starts_at,
    )
    return order if ending is None else close_order(order, ending, now=now) or order


def ending_of(fact: EnrolmentFact) -> Ending | None:
    """What a fact ends that was not paid; None where it ends nothing, or something that was paid."""
    why: ClosedWhy
    match fact:
        case EnrolmentLapsed():
            why = "lapsed"
        case WithdrawalSubmitted(was_confirmed=False):
            why = "withdrawn"
        case EnrolmentCancelled(was_confirmed=False):
            why = "cancelled"
        case _:
            return None
    return Ending(enrolment_id=fact.enrolment_id, version=fact.version, why=why)


def close_order(order: Order, ending: Ending, *, now: datetime) -> Order | None:
    """Ask for nothing any more. None where this is old news, or money has come already.

    Money that still comes finds a closed order paid: enrolment then gives a place or has it sent back.
    """
    if order.state == "paid" or ending.version <= order.enrolment_version:
        return None
    return replace(
        order,
        state="closed",
        enrolment_version=ending.version,
        closed_at=now,
        closed_why=ending.why,
    )


def require_payable(order: Order, *, now: datetime) -> None:
    """Hold somebody who wants to pay to what can be paid.

    Raises:
        Refusal: it is paid, nothing is asked any more, or the place is not held any more.
    """
    if order.state == "paid":
        raise refusals.ALREADY_PAID(paid_at=order.paid_at)
    if order.state == "closed":
        raise refusals.ORDER_CLOSED(closed_at=order.closed_at)
    if now >= order.held_until:
        raise refusals.HOLD_ENDED(held_until=order.held_until)


def owe_until(order: Order, until: datetime) -> Order:
    """Wait for an employer's money."""
    return replace(order, held_until=max(order.held_until, until))
