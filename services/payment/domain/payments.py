"""Attempts to pay an order: intending one, learning what became of it, letting the order be paid once."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.catalogue import VatRate
from contracts.fact import Language
from contracts.payment import Method, PaymentFailed, PaymentReceived
from services.payment.domain.orders import Order, require_payable

OnlineMethod = Literal["ideal", "creditcard"]
State = Literal["intended", "open", "paid", "failed", "canceled", "expired"]
EndedWhy = Literal["failed", "canceled", "expired"]
ProviderStatus = Literal["open", "pending", "authorized", "paid", "failed", "canceled", "expired"]

CREATE_AGAIN_AFTER = timedelta(seconds=30)
"""An intent that the provider has not answered by then lost its request or its process: longer than any call."""
KEY_LIVES = timedelta(minutes=55)
"""The provider keeps idempotency keys for an hour. After that the same key would make a second payment."""
FIRST_LOOK = timedelta(seconds=10)
LONGEST_LOOK = timedelta(minutes=4)
"""With the job's own pace well within the five minutes of invariant 1."""
AFTER_EXPIRY = timedelta(seconds=2)


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to pay one order, or money that came by bank transfer."""

    payment_id: UUID
    order_id: UUID
    method: Method
    amount_minor: int
    currency: str
    state: State
    description: str
    """What the learner reads on the bank statement."""
    language: Language
    intended_at: datetime
    redirect_url: str | None = None
    provider_id: str | None = None
    checkout_url: str | None = None
    expires_at: datetime | None = None
    paid_at: datetime | None = None
    """The value date."""
    ended_at: datetime | None = None
    looks: int = 0
    """How often the provider was asked while the payment was open."""
    due_at: datetime | None = None
    """When to ask the provider next; None when nothing is expected any more."""
    refunds: int = 0
    refunded_minor: int = 0
    """What has to go back or went back."""

    @property
    def online(self) -> bool:
        return self.method != "banktransfer"

    @property
    def refundable_minor(self) -> int:
        return self.amount_minor - self.refunded_minor if self.state == "paid" else 0


class AtProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as the provider knows it."""

    provider_id: str
    status: ProviderStatus
    created_at: datetime
    checkout_url: str | None
    expires_at: datetime | None
    paid_at: datetime | None


def intend_payment(
    order: Order,
    *,
    payment_id: UUID,
    method: OnlineMethod,
    redirect_url: str,
    description: str,
    language: Language,
    now: datetime,
) -> Payment:
    """Write down that somebody wants to pay, before the provider is asked.

    Raises:
        Refusal: there is nothing to pay (any more).
    """
    require_payable(order, now=now)
    return Payment(
        payment_id=payment_id,
        order_id=order.order_id,
        method=method,
        amount_minor=order.fee_minor,
        currency=order.currency,
        state="intended",
        description=description,
        language=language,
        intended_at=now,
        redirect_url=redirect_url,
        due_at=now + CREATE_AGAIN_AFTER,
    )


def may_be_created(order: Order, payment: Payment, *, now: datetime) -> bool:
    """Whether an intent may be sent to the provider (again), or can only be looked for there."""
    return (
        payment.state == "intended"
        and order.owed_minor(now) > 0
        and now < payment.intended_at + KEY_LIVES
    )


def learn(payment: Payment, found: AtProvider, *, now: datetime) -> Payment:
    """Take over what the provider says.

    Total. Paid is final. Everything else can still turn into paid, because money that was captured
    counts, whatever was said before.
    """
    known = replace(
        payment,
        provider_id=found.provider_id,
        checkout_url=found.checkout_url or payment.checkout_url,
        expires_at=found.expires_at or payment.expires_at,
        due_at=None,
    )
    if payment.state == "paid":
        return known
    match found.status:
        case "paid":
            return replace(known, state="paid", paid_at=found.paid_at or now, ended_at=None)
        case "failed" | "canceled" | "expired" as ended:
            return end_payment(known, ended, now=now)
        case "open" | "pending" | "authorized":
            looks = 0 if payment.state == "intended" else payment.looks + 1
            next_look = when_to_look(looks, expires_at=known.expires_at, now=now)
            return replace(known, state="open", ended_at=None, looks=looks, due_at=next_look)


def end_payment(payment: Payment, why: EndedWhy, *, now: datetime) -> Payment:
    """The attempt came to nothing."""
    if payment.state not in {"intended", "open"}:
        return payment
    return replace(payment, state=why, ended_at=now, due_at=None)


def when_to_look(looks: int, *, expires_at: datetime | None, now: datetime) -> datetime:
    """When to ask again: soon at first, ever less often, and right after the payment expires."""
    pause = min(FIRST_LOOK * (1 << min(looks, 10)), LONGEST_LOOK)
    if expires_at is None or expires_at + AFTER_EXPIRY <= now:
        return now + pause
    return min(now + pause, expires_at + AFTER_EXPIRY)


def pay_order(
    order: Order, payment: Payment, *, vat_rate: VatRate | None
) -> tuple[Order, PaymentReceived] | None:
    """Let a captured payment pay its order; None where another one has.

    Open or closed: whether there is still a place is enrolment's decision (invariant 1).
    """
    if order.state == "paid" or payment.paid_at is None:
        return None
    paid = replace(
        order,
        state="paid",
        paid_by=payment.payment_id,
        paid_at=payment.paid_at,
        vat_rate=order.vat_rate or vat_rate,
    )
    return paid, PaymentReceived(
        order_id=order.order_id,
        enrolment_id=order.enrolment_id,
        learner_id=order.learner_id,
        payment_id=payment.payment_id,
        method=payment.method,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        paid_at=payment.paid_at,
    )


def tell_failure(order: Order, payment: Payment) -> PaymentFailed | None:
    """What others hear of an attempt that came to nothing; None where it did not."""
    match payment.state:
        case "failed" | "canceled" | "expired" as why:
            return PaymentFailed(
                order_id=order.order_id,
                enrolment_id=order.enrolment_id,
                learner_id=order.learner_id,
                payment_id=payment.payment_id,
                method=payment.method,
                why=why,
            )
        case _:
            return None
