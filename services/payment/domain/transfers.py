"""Money on our bank account: what it is for, or why nobody can tell."""

from datetime import UTC, date, datetime, time
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from services.payment import refusals
from services.payment.domain.invoices import Invoice
from services.payment.domain.payments import Payment

State = Literal["matched", "kept", "returned"]
KeptWhy = Literal["unknown_reference", "wrong_amount"]


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One credit on a bank statement."""

    transfer_id: UUID
    bank_reference: str
    """The bank's own, unique: a statement that is read twice counts once."""
    reference: str
    """What the payer wrote."""
    amount_minor: int
    currency: str
    value_date: date
    received_at: datetime
    state: State
    kept_why: KeptWhy | None = None
    payment_id: UUID | None = None

    def same_credit(self, other: "Transfer") -> bool:
        """Whether both tell of the same credit."""
        return (
            self.bank_reference,
            self.reference,
            self.amount_minor,
            self.currency,
            self.value_date,
        ) == (
            other.bank_reference,
            other.reference,
            other.amount_minor,
            other.currency,
            other.value_date,
        )


def match_transfer(
    transfer: Transfer, invoice: Invoice | None, *, payment_id: UUID, zone: ZoneInfo
) -> tuple[Transfer, Payment | None]:
    """Find out whether a transfer pays an invoice: it names it, and is the whole amount.

    Total: what pays nothing is kept, with the reason. Whether the order still waits for the
    money is not asked here: a transfer for what is paid or over is money that goes back.
    """
    if invoice is None:
        return replace(transfer, state="kept", kept_why="unknown_reference"), None
    if (transfer.amount_minor, transfer.currency) != (invoice.amount_minor, invoice.currency):
        return replace(transfer, state="kept", kept_why="wrong_amount"), None
    matched = replace(transfer, state="matched", kept_why=None, payment_id=payment_id)
    paid_at = start_of(transfer.value_date, zone)
    return matched, Payment(
        payment_id=payment_id,
        order_id=invoice.order_id,
        method="banktransfer",
        amount_minor=transfer.amount_minor,
        currency=transfer.currency,
        state="paid",
        description=invoice.number,
        language=invoice.buyer.language,
        intended_at=transfer.received_at,
        paid_at=paid_at,
    )


def return_transfer(transfer: Transfer) -> Transfer:
    """Finance sent it back to where it came from.

    Raises:
        Refusal: it is not kept (any more).
    """
    require_kept(transfer)
    return replace(transfer, state="returned")


def require_kept(transfer: Transfer) -> None:
    """Hold finance to transfers that nobody has decided about yet.

    Raises:
        Refusal: this one is matched or returned.
    """
    if transfer.state != "kept":
        raise refusals.TRANSFER_DECIDED(state=transfer.state)


def start_of(value_date: date, zone: ZoneInfo) -> datetime:
    """The instant that a value date stands for: its beginning, so that all of that day is in time."""
    return datetime.combine(value_date, time(), zone).astimezone(UTC)
