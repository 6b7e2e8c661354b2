"""Attempts to pay, and the money that comes of them."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from contracts.fact import Language
from services.payment import store
from services.payment.commands import invoices, refunds
from services.payment.domain import ledger, payments
from services.payment.domain.invoices import Offering
from services.payment.domain.orders import Order
from services.payment.domain.payments import AtProvider, OnlineMethod, Payment
from services.payment.domain.vat import split_vat

_OURS = "Course Portal"
_LONGEST_DESCRIPTION = 140


async def intend_payment(
    tx: Connection,
    order_id: UUID,
    *,
    learner_id: UUID,
    method: OnlineMethod,
    redirect_url: str,
    language: Language,
    now: datetime,
) -> UUID:
    """Write down that a learner wants to pay; the provider is asked when this is safe.

    Raises:
        Refusal: it is not theirs, or there is nothing to pay (any more).
    """
    order = await lock_own_order(tx, order_id, learner_id)
    offering = await store.offerings.get_offering(tx, order.offering_id)
    payment = payments.intend_payment(
        order,
        payment_id=new_id(),
        method=method,
        redirect_url=redirect_url,
        description=_describe(offering, language),
        language=language,
        now=now,
    )
    await store.payments.insert_payment(tx, payment, now=now)
    return payment.payment_id


async def learn_payment(
    tx: Connection, asked: Payment, found: AtProvider | None, *, zone: ZoneInfo, now: datetime
) -> Payment:
    """Act on what the provider says of a payment, once for each state that it comes into.

    `asked` is the payment as it was when the provider was asked. `found` None: the provider knows of no
    such payment, and never will.
    """
    order = await _lock_order(tx, asked.order_id)
    before = await store.payments.lock_payment(tx, asked.payment_id)
    if before is None:
        raise NOT_FOUND()
    if found is None:
        after = payments.end_payment(before, "failed", now=now)
    else:
        after = payments.learn(before, found, now=now)
    is_news = await store.payments.save_payment(tx, after, unless_hinted=asked.due_at, now=now)
    if is_news:
        if after.state == "paid":
            await capture_payment(tx, order, after, into="provider", zone=zone, now=now)
        elif failure := payments.tell_failure(order, after):
            await tell(tx, failure, now=now)
    return after


async def capture_payment(
    tx: Connection,
    order: Order,
    payment: Payment,
    *,
    into: ledger.Account,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Let captured money pay its order; send it back where other money has paid it already.

    The order is locked, and this payment came into this state for the first time.
    """
    offering = await store.offerings.get_offering(tx, order.offering_id)
    paid = payments.pay_order(order, payment, vat_rate=offering.vat_rate if offering else None)
    if paid is None:
        await _post(tx, payment, ledger.capture_again(payment.amount_minor, to=into), now)
        await refunds.refund(tx, order, payment, "double_payment", None, zone=zone, now=now)
        return
    order, received = paid
    await store.orders.save_payment_of(tx, order)
    invoice = await store.invoices.get_standing_invoice(tx, order.order_id)
    if invoice is None and not payment.online:
        invoice = await invoices.invoice_again(tx, order, payment, zone=zone, now=now)
    fee = split_vat(payment.amount_minor, order.vat_rate)
    settled = ledger.capture_payment(fee, to=into, invoiced=invoice is not None)
    await _post(tx, payment, settled, now)
    await tell(tx, received, now=now)
    await refunds.settle_claims(tx, order.enrolment_id, order, zone=zone, now=now)


async def lock_own_order(tx: Connection, order_id: UUID, learner_id: UUID) -> Order:
    """Lock an order of this learner.

    Raises:
        Refusal: there is none, or it is somebody else's; nobody learns which.
    """
    order = await store.orders.lock_order(tx, order_id)
    if order is None or order.learner_id != learner_id:
        raise NOT_FOUND()
    return order


async def _lock_order(tx: Connection, order_id: UUID) -> Order:
    order = await store.orders.lock_order(tx, order_id)
    if order is None:
        raise NOT_FOUND()
    return order


async def _post(tx: Connection, payment: Payment, posting: ledger.Posting, now: datetime) -> None:
    await store.ledger.post(
        tx,
        "payment_captured",
        posting,
        subject=str(payment.payment_id),
        order_id=payment.order_id,
        currency=payment.currency,
        now=now,
    )


def _describe(offering: Offering | None, language: Language) -> str:
    """What the learner reads on the bank statement."""
    if offering is None:
        return _OURS
    words = f"{_OURS} {offering.class_number} {offering.title.in_language(language)}"
    return words[:_LONGEST_DESCRIPTION]
