"""Transfers on our bank account: matched to invoices, or kept until finance has decided."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.language import Money
from services.payment import refusals, store
from services.payment.commands.payments import capture_payment
from services.payment.domain import ledger
from services.payment.domain.exceptions import FinanceException
from services.payment.domain.invoices import Invoice, named_in
from services.payment.domain.payments import Payment
from services.payment.domain.transfers import (
    Transfer,
    match_transfer,
    require_kept,
    return_transfer,
)


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a bank statement, as finance brings it."""

    bank_reference: str
    reference: str
    amount_minor: int
    currency: str
    value_date: date


async def receive_transfer(
    tx: Connection, credit: Credit, *, by: UUID, zone: ZoneInfo, now: datetime
) -> tuple[Transfer, bool]:
    """Let a transfer pay the invoice that it names, or keep it for finance. Returns whether it is new.

    Raises:
        Refusal: the bank's reference was brought before, with other details.
    """
    brought = Transfer(
        transfer_id=new_id(),
        bank_reference=credit.bank_reference,
        reference=credit.reference,
        amount_minor=credit.amount_minor,
        currency=credit.currency,
        value_date=credit.value_date,
        received_at=now,
        state="kept",
    )
    known = await store.transfers.lock_bank_reference(tx, credit.bank_reference)
    if known is not None:
        if not known.same_credit(brought):
            raise refusals.BANK_REFERENCE_USED(transfer_id=known.transfer_id)
        return known, False
    invoice = await _find_invoice(tx, credit.reference)
    transfer, payment = match_transfer(brought, invoice, payment_id=new_id(), zone=zone)
    if payment is not None:
        await _capture(tx, payment, into="bank", zone=zone, now=now)
    await store.transfers.insert_transfer(tx, transfer, by=by)
    if payment is None:
        await _keep(tx, transfer, invoice, now)
    return transfer, True


async def match_kept_transfer(
    tx: Connection, transfer_id: UUID, reference: str, *, zone: ZoneInfo, now: datetime
) -> Transfer:
    """Let a transfer pay the invoice that finance has found out it is for.

    Raises:
        Refusal: there is none that waits, or it does not fit that invoice.
    """
    kept = await _lock_kept(tx, transfer_id)
    invoice = await _find_invoice(tx, reference)
    transfer, payment = match_transfer(kept, invoice, payment_id=new_id(), zone=zone)
    if payment is None:
        raise refusals.NO_MATCH(amount=Money(kept.amount_minor, kept.currency))
    await _capture(tx, payment, into="unallocated", zone=zone, now=now)
    await store.transfers.save_transfer(tx, transfer)
    await store.transfers.settle_exceptions(tx, transfer_id, now=now)
    return transfer


async def return_kept_transfer(tx: Connection, transfer_id: UUID, *, now: datetime) -> Transfer:
    """Note that finance has sent a transfer back.

    Raises:
        Refusal: there is none that waits.
    """
    returned = return_transfer(await _lock_kept(tx, transfer_id))
    await store.transfers.save_transfer(tx, returned)
    await store.transfers.settle_exceptions(tx, transfer_id, now=now)
    gone = ledger.return_transfer(returned.amount_minor)
    await _post(tx, "transfer_returned", returned, gone, now)
    return returned


async def _find_invoice(tx: Connection, words: str) -> Invoice | None:
    reference, number = named_in(words)
    if reference is None and number is None:
        return None
    return await store.invoices.find_invoice(tx, reference=reference, number=number)


async def _capture(
    tx: Connection, payment: Payment, *, into: ledger.Account, zone: ZoneInfo, now: datetime
) -> None:
    order = await store.orders.lock_order(tx, payment.order_id)
    if order is None:
        raise NOT_FOUND()
    await store.payments.insert_payment(tx, payment, now=now)
    await capture_payment(tx, order, payment, into=into, zone=zone, now=now)


async def _lock_kept(tx: Connection, transfer_id: UUID) -> Transfer:
    transfer = await store.transfers.lock_transfer(tx, transfer_id)
    if transfer is None:
        raise NOT_FOUND()
    require_kept(transfer)
    return transfer


async def _keep(tx: Connection, transfer: Transfer, invoice: Invoice | None, now: datetime) -> None:
    if transfer.kept_why is None:
        return
    exception = FinanceException(
        exception_id=new_id(),
        kind=transfer.kept_why,
        subject_id=transfer.transfer_id,
        order_id=invoice.order_id if invoice else None,
        raised_at=now,
    )
    await store.transfers.raise_exceptions(tx, [exception])
    await _post(tx, "transfer_kept", transfer, ledger.keep_transfer(transfer.amount_minor), now)


async def _post(
    tx: Connection, event: ledger.Event, transfer: Transfer, posting: ledger.Posting, now: datetime
) -> None:
    await store.ledger.post(
        tx,
        event,
        posting,
        subject=str(transfer.transfer_id),
        order_id=None,
        currency=transfer.currency,
        now=now,
    )
