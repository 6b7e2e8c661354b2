"""What needs somebody outside: look in one transaction, ask outside of any, write the answer in another.

Doors 1 and 3 both run these. A crash at any point leaves a row that is due, and the errand is run again.
"""

from datetime import timedelta
from uuid import UUID

import structlog

from chassis.documents import make_pdf
from chassis.http.problems import NOT_FOUND
from services.payment import commands, documents, refusals, store
from services.payment.domain import payments, refunds
from services.payment.domain.payments import Payment
from services.payment.domain.refunds import pause_after
from services.payment.outside import ProviderAway, ProviderRefused
from services.payment.parts import Parts
from services.payment.store.refunds import Due

log = structlog.get_logger()

_ASK_AGAIN_AFTER = timedelta(seconds=30)
_RETRY_AFTER_S = 5


async def open_checkout(parts: Parts, payment_id: UUID) -> Payment:
    """Have an intended payment made at the provider; returns it with the page where the learner pays.

    Raises:
        Refusal: the provider is away, or does not take the payment. The intent stays, and is seen to.
    """
    async with parts.db.reading() as connection:
        payment = await store.payments.get_payment(connection, payment_id)
    if payment is None:
        raise NOT_FOUND()
    if payment.state != "intended":
        return payment
    try:
        made = await parts.provider.create_payment(payment, webhook_url=parts.webhook_url)
    except ProviderAway as error:
        log.warning("provider.away", payment_id=str(payment_id), why=str(error))
        refusal = refusals.PROVIDER_AWAY()
        refusal.retry_after_s = _RETRY_AFTER_S
        raise refusal from error
    except ProviderRefused as error:
        log.warning("provider.refused", payment_id=str(payment_id), why=str(error))
        await _learn_payment(parts, payment, None)
        raise refusals.PROVIDER_REFUSED() from error
    return await _learn_payment(parts, payment, made)


async def look_at_payment(parts: Parts, payment: Payment) -> None:
    """Ask the provider what became of a payment, and act on it; later, if it does not answer."""
    try:
        found = await _truth_about(parts, payment)
    except (ProviderAway, ProviderRefused) as error:
        log.warning("provider.away", payment_id=str(payment.payment_id), why=str(error))
        async with parts.db.transaction() as tx:
            until = parts.clock.now() + _ASK_AGAIN_AFTER
            await store.payments.put_off(tx, payment, until=until)
        return
    await _learn_payment(parts, payment, found)


async def look_at_refund(parts: Parts, due: Due) -> None:
    """Have a refund made, or ask what became of it."""
    refund = due.refund
    try:
        found = await _truth_about_refund(parts, due)
    except ProviderRefused as error:
        if refund.state == "requested":
            log.warning("provider.refused", refund_id=str(refund.refund_id), why=str(error))
            async with parts.db.transaction() as tx:
                await commands.refunds.refuse_refund(tx, refund, str(error), now=parts.clock.now())
            return
        await _put_off_refund(parts, due, error)
    except ProviderAway as error:
        await _put_off_refund(parts, due, error)
    else:
        async with parts.db.transaction() as tx:
            await commands.refunds.learn_refund(tx, refund, found, now=parts.clock.now())


async def set_document(parts: Parts, invoice_id: UUID) -> None:
    """Set the PDF of a document that has its number, and tell of it."""
    async with parts.db.reading() as connection:
        invoice = await store.invoices.get_invoice(connection, invoice_id)
    if invoice is None:
        raise NOT_FOUND()
    sheet = documents.sheet_of(invoice, parts.settings)
    pdf = await make_pdf(documents.TEMPLATE, sheet, dated=invoice.issued_at)
    async with parts.db.transaction() as tx:
        await commands.invoices.set_document(tx, invoice_id, pdf, now=parts.clock.now())


async def _truth_about(parts: Parts, payment: Payment) -> payments.AtProvider | None:
    """What the provider knows; None where it knows nothing of this payment and never will.

    An intent that was never answered is created again while its key lives and somebody can still
    pay. After that it is only looked for: creating it could make a second one.
    """
    if payment.provider_id is not None:
        return await parts.provider.get_payment(payment.provider_id)
    async with parts.db.reading() as connection:
        order = await store.orders.get_order(connection, payment.order_id)
    if order is not None and payments.may_be_created(order, payment, now=parts.clock.now()):
        return await parts.provider.create_payment(payment, webhook_url=parts.webhook_url)
    return await parts.provider.find_payment(payment.payment_id, intended_at=payment.intended_at)


async def _truth_about_refund(parts: Parts, due: Due) -> refunds.AtProvider:
    """What the provider knows of a refund; it is created where it is not known.

    Before a second call the first one's effect is looked for: its key may be forgotten by now, and
    no retry refunds twice.
    """
    refund = due.refund
    if refund.provider_id is not None:
        return await parts.provider.get_refund(refund.provider_id, due.provider_payment_id)
    if refund.attempts > 1:
        found = await parts.provider.find_refund(refund, due.provider_payment_id)
        if found is not None:
            return found
    return await parts.provider.create_refund(refund, due.provider_payment_id)


async def _learn_payment(
    parts: Parts, payment: Payment, found: payments.AtProvider | None
) -> Payment:
    async with parts.db.transaction() as tx:
        return await commands.payments.learn_payment(
            tx, payment, found, zone=parts.settings.institution_zone, now=parts.clock.now()
        )


async def _put_off_refund(parts: Parts, due: Due, error: Exception) -> None:
    refund = due.refund
    log.warning("provider.away", refund_id=str(refund.refund_id), why=str(error))
    async with parts.db.transaction() as tx:
        until = parts.clock.now() + pause_after(refund.attempts)
        await store.refunds.put_off(tx, refund, until=until)
