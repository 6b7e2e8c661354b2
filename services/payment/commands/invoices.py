"""Invoices and credit notes: numbered here, set and sent when that is safe."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from services.payment import refusals, store
from services.payment.domain import invoices, ledger
from services.payment.domain.billing import Billing
from services.payment.domain.invoices import Invoice, Offering
from services.payment.domain.orders import Order, owe_until, require_payable
from services.payment.domain.payments import Payment
from services.payment.domain.vat import split_part, split_vat

_RETRY_AFTER_S = 3


async def record_billing(
    tx: Connection, order: Order, buyer: Billing, *, zone: ZoneInfo, now: datetime
) -> Invoice:
    """Invoice an employer (A14, A15). The order is locked.

    The same details again change nothing. Other details credit the invoice that was made and make a
    new one, due when the first was: a correction does not hold the place longer.

    Raises:
        Refusal: there is nothing to pay (any more), or the catalogue has not told of the course yet.
    """
    standing = await store.invoices.get_standing_invoice(tx, order.order_id)
    if standing is not None and standing.buyer == buyer:
        return standing
    require_payable(order, now=now)
    offering = await store.offerings.get_offering(tx, order.offering_id)
    if offering is None:
        refusal = refusals.NOT_TOLD_YET()
        refusal.retry_after_s = _RETRY_AFTER_S
        raise refusal
    due = (standing and standing.due_at) or invoices.due_at(
        issued_at=now, starts_at=min(order.starts_at, offering.starts_at), zone=zone
    )
    waiting = replace(
        owe_until(order, due), payer="employer", billing=buyer, vat_rate=offering.vat_rate
    )
    await store.orders.save_billing(tx, waiting)
    invoice = await _issue(tx, waiting, offering, buyer, due=due, zone=zone, now=now)
    if standing is not None:
        await _credit_unpaid(tx, standing, zone=zone, now=now)
    return invoice


async def invoice_again(
    tx: Connection, order: Order, payment: Payment, *, zone: ZoneInfo, now: datetime
) -> Invoice | None:
    """A transfer came for an invoice that was credited when the place was given up: it gets a new one.

    Whether there is still a place is enrolment's decision; if not, this one is credited with the refund.
    """
    offering = await store.offerings.get_offering(tx, order.offering_id)
    if order.billing is None or offering is None:
        return None
    return await _issue(
        tx, order, offering, order.billing, due=now, paid_at=payment.paid_at, zone=zone, now=now
    )


async def credit_unpaid(tx: Connection, order: Order, *, zone: ZoneInfo, now: datetime) -> None:
    """Nothing is asked any more: take back the invoice of a closed order, if it has one."""
    standing = await store.invoices.get_standing_invoice(tx, order.order_id)
    if standing is not None:
        await _credit_unpaid(tx, standing, zone=zone, now=now)


async def credit_refunded(
    tx: Connection, order: Order, amount_minor: int, *, zone: ZoneInfo, now: datetime
) -> None:
    """Take what goes back to an employer off the invoice, if the order has one. The refund is posted, not this."""
    standing = await store.invoices.get_standing_invoice(tx, order.order_id)
    if standing is not None:
        credited = min(amount_minor, standing.standing_minor)
        await _credit(tx, standing, credited, zone=zone, now=now)


async def set_document(tx: Connection, invoice_id: UUID, pdf: bytes, *, now: datetime) -> None:
    """Keep a document and tell of it, once, whoever set it."""
    if not await store.invoices.save_pdf(tx, invoice_id, pdf):
        return
    invoice = await store.invoices.get_invoice(tx, invoice_id)
    order = invoice and await store.orders.lock_order(tx, invoice.order_id)
    if not invoice or not order:
        raise NOT_FOUND()
    await tell(tx, invoices.tell_invoice(order, invoice, pdf), now=now)


async def _issue(
    tx: Connection,
    order: Order,
    offering: Offering,
    buyer: Billing,
    *,
    due: datetime,
    paid_at: datetime | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> Invoice:
    fee = split_vat(order.fee_minor, offering.vat_rate)
    place = await store.invoices.next_place(tx, "invoice", invoices.year_of(now, zone))
    invoice = invoices.issue_invoice(
        order,
        offering,
        buyer,
        invoice_id=new_id(),
        place=place,
        fee=fee,
        due=due,
        paid_at=paid_at,
        now=now,
    )
    await store.invoices.insert_invoice(tx, invoice)
    await _post(tx, "invoice_issued", invoice, ledger.issue_invoice(fee), now)
    return invoice


async def _credit_unpaid(
    tx: Connection, invoice: Invoice, *, zone: ZoneInfo, now: datetime
) -> None:
    part = split_part(
        invoice.standing_minor,
        of_minor=invoice.amount_minor,
        taken_minor=invoice.credited_minor,
        rate=invoice.vat_rate,
    )
    note = await _credit(tx, invoice, part.gross_minor, zone=zone, now=now)
    await _post(tx, "invoice_credited", note, ledger.credit_invoice(part), now)


async def _credit(
    tx: Connection, invoice: Invoice, amount_minor: int, *, zone: ZoneInfo, now: datetime
) -> Invoice:
    place = await store.invoices.next_place(tx, "credit_note", invoices.year_of(now, zone))
    credited, note = invoices.credit_invoice(
        invoice, amount_minor, credit_id=new_id(), place=place, now=now
    )
    await store.invoices.save_credited(tx, credited)
    await store.invoices.insert_invoice(tx, note)
    return note


async def _post(
    tx: Connection, event: ledger.Event, invoice: Invoice, posting: ledger.Posting, now: datetime
) -> None:
    await store.ledger.post(
        tx,
        event,
        posting,
        subject=str(invoice.invoice_id),
        order_id=invoice.order_id,
        currency=invoice.currency,
        now=now,
    )
