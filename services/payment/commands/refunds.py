"""Money that has to go back, until it has."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from services.payment import store
from services.payment.commands import invoices
from services.payment.domain import ledger, refunds
from services.payment.domain.exceptions import FinanceException
from services.payment.domain.orders import Order
from services.payment.domain.payments import Payment
from services.payment.domain.refunds import AtProvider, Refund, Why
from services.payment.domain.vat import split_part


async def settle_claims(
    tx: Connection, enrolment_id: UUID, order: Order | None, *, zone: ZoneInfo, now: datetime
) -> None:
    """Turn what is asked back into refunds of the payment that paid the order.

    Without such a payment claims wait for it, and finance can see that they do.
    """
    claims = await store.refunds.lock_waiting_claims(tx, enrolment_id)
    if not claims:
        return
    payment = None
    if order is not None and order.paid_by is not None:
        payment = await store.payments.lock_payment(tx, order.paid_by)
    if order is None or payment is None:
        waiting = FinanceException(
            exception_id=new_id(),
            kind="nothing_to_refund",
            subject_id=enrolment_id,
            order_id=order.order_id if order else None,
            raised_at=now,
        )
        await store.transfers.raise_exceptions(tx, [waiting])
        return
    for claim in claims:
        payment = await refund(
            tx, order, payment, claim.why, claim.amount_minor, zone=zone, now=now
        )
        await store.refunds.settle_claim(tx, claim, now=now)
    await store.transfers.settle_exceptions(tx, enrolment_id, now=now)


async def refund(
    tx: Connection,
    order: Order,
    payment: Payment,
    why: Why,
    amount_minor: int | None,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Payment:
    """Set money of a payment aside to go back, and take it off the invoice; both rows are locked."""
    requested = refunds.request_refund(payment, why, amount_minor, refund_id=new_id(), now=now)
    if requested is None:
        return payment
    counted, back = requested
    await store.payments.save_refunded(tx, counted)
    await store.refunds.insert_refund(tx, back)
    if why == "double_payment":
        posting = ledger.request_refund_of_double(back.amount_minor)
    else:
        part = split_part(
            back.amount_minor,
            of_minor=payment.amount_minor,
            taken_minor=payment.refunded_minor,
            rate=order.vat_rate,
        )
        posting = ledger.request_refund(part)
        await invoices.credit_refunded(tx, order, back.amount_minor, zone=zone, now=now)
    await _post(tx, "refund_requested", back, posting, now)
    return counted


async def learn_refund(tx: Connection, asked: Refund, found: AtProvider, *, now: datetime) -> None:
    """Act on what the provider says of a refund."""
    order, before = await _lock(tx, asked.refund_id)
    await _change(tx, order, before, refunds.learn_refund(before, found, now=now), now)


async def refuse_refund(tx: Connection, asked: Refund, why: str, *, now: datetime) -> None:
    """The provider does not do it: finance is shown why."""
    order, before = await _lock(tx, asked.refund_id)
    await _change(tx, order, before, refunds.refuse_refund(before, why), now)


async def retry_refund(tx: Connection, refund_id: UUID, *, now: datetime) -> Refund:
    """Send a refused refund again.

    Raises:
        Refusal: there is none, or it was not refused.
    """
    order, before = await _lock(tx, refund_id)
    return await _change(tx, order, before, refunds.retry_refund(before, now=now), now)


async def transfer_refund(tx: Connection, refund_id: UUID, *, now: datetime) -> Refund:
    """Note that finance has transferred it.

    Raises:
        Refusal: there is none, or it does not wait for a transfer.
    """
    order, before = await _lock(tx, refund_id)
    return await _change(tx, order, before, refunds.transfer_refund(before, now=now), now)


async def _lock(tx: Connection, refund_id: UUID) -> tuple[Order, Refund]:
    known = await store.refunds.get_refund(tx, refund_id)
    order = known and await store.orders.lock_order(tx, known.order_id)
    locked = known and await store.refunds.lock_refund(tx, refund_id)
    if not order or not locked:
        raise NOT_FOUND()
    return order, locked


async def _change(
    tx: Connection, order: Order, before: Refund, after: Refund, now: datetime
) -> Refund:
    """Save a refund's next state, with what it means to the books, to finance and to the learner."""
    await store.refunds.save_refund(tx, after)
    booked = refunds.booked_as(before, after)
    if booked == "refund_issued":
        by: ledger.Account = "bank" if after.state == "transferred" else "provider"
        await _post(tx, booked, after, ledger.issue_refund(after.amount_minor, by=by), now)
    elif booked == "refund_bounced":
        bounced = ledger.bounce_refund(after.amount_minor, by="provider")
        await _post(tx, booked, after, bounced, now)
    if before.issued_at is None and (fact := refunds.tell_refund(order, after)):
        await tell(tx, fact, now=now)
    if after.state == "refused":
        refused = FinanceException(
            exception_id=new_id(),
            kind="refund_refused",
            subject_id=after.refund_id,
            order_id=after.order_id,
            raised_at=now,
        )
        await store.transfers.raise_exceptions(tx, [refused])
    elif before.state == "refused":
        await store.transfers.settle_exceptions(tx, after.refund_id, now=now)
    return after


async def _post(
    tx: Connection, event: ledger.Event, refund: Refund, posting: ledger.Posting, now: datetime
) -> None:
    # One event per way that the money took: a try that bounced can be followed by a transfer.
    by_hand = refund.state == "transferred"
    await store.ledger.post(
        tx,
        event,
        posting,
        subject=f"{refund.refund_id}/{'transfer' if by_hand else refund.try_number}",
        order_id=refund.order_id,
        currency=refund.currency,
        now=now,
    )
