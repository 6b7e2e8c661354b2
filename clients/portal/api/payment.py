"""What the portal reads of payment."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Answer, Asking
from clients.portal.api.enrolment import Payer
from clients.portal.api.paging import Page
from contracts.fact import Language

Method = Literal["ideal", "creditcard"]
OrderState = Literal["open", "paid", "closed", "refunded", "partly_refunded"]
RefundState = Literal["requested", "sent", "refunded", "refused", "to_transfer", "transferred"]
TransferState = Literal["matched", "kept", "returned"]

_WAIT_S = 5
_MOST = 100
_LEDGER_LINES = 50


class Payment(msgspec.Struct, frozen=True):
    """One attempt to pay, the provider's state of it."""

    method: Literal["ideal", "creditcard", "banktransfer"]
    state: Literal["intended", "open", "paid", "failed", "canceled", "expired"]
    amount_minor: int
    intended_at: datetime
    checkout_url: str | None
    paid_at: datetime | None


class Invoice(msgspec.Struct, frozen=True):
    """An invoice, or the credit note of one."""

    kind: Literal["invoice", "credit_note"]
    number: str
    due_at: datetime | None
    credited_number: str | None


class Invoiced(msgspec.Struct, frozen=True):
    """Who is invoiced."""

    organisation: str
    mail_address: str


class Order(msgspec.Struct, frozen=True):
    """What somebody has to pay for one enrolment."""

    order_id: UUID
    enrolment_id: UUID
    state: OrderState
    payer: Payer
    owed_minor: int
    currency: str
    pay_before: datetime | None
    paid_at: datetime | None
    billing: Invoiced | None
    payments: tuple[Payment, ...]
    invoices: tuple[Invoice, ...]


class Billing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the employer's invoice goes (A14, A15)."""

    organisation: str
    address: tuple[str, ...]
    postcode: str
    city: str
    mail_address: str
    language: Language
    vat_number: str | None
    purchase_order_reference: str | None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money that goes back or went back."""

    refund_id: UUID
    order_id: UUID
    amount_minor: int
    currency: str
    why: str
    state: RefundState
    requested_at: datetime
    issued_at: datetime | None


class RefundToFinance(msgspec.Struct, frozen=True, kw_only=True):
    """A refund with what finance has to know of it."""

    refund: Refund
    refused_why: str | None
    """The provider's words."""
    bank_reference: str | None
    """Of the transfer that brought the money."""


class NumberedInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or a credit note, with all that finance knows of it."""

    invoice_id: UUID
    kind: Literal["invoice", "credit_note"]
    number: str
    reference: str
    amount_minor: int
    currency: str
    issued_at: datetime
    due_at: datetime | None
    credited_minor: int


class OrderToFinance(msgspec.Struct, frozen=True, kw_only=True):
    """Anybody's order, with everything that belongs to it."""

    order_id: UUID
    learner_id: UUID
    title: str | None
    state: OrderState
    payer: Payer
    fee_minor: int
    owed_minor: int
    currency: str
    pay_before: datetime | None
    opened_at: datetime
    paid_at: datetime | None
    closed_at: datetime | None
    billing: Invoiced | None
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]
    invoices: tuple[NumberedInvoice, ...]


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """A credit of a bank statement, and what became of it."""

    transfer_id: UUID
    bank_reference: str
    reference: str
    amount_minor: int
    currency: str
    value_date: date
    received_at: datetime
    state: TransferState
    kept_why: Literal["unknown_reference", "wrong_amount"] | None
    order_id: UUID | None


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A credit of a bank statement, to be booked."""

    bank_reference: str
    reference: str
    amount_minor: int
    currency: str
    value_date: date


class FinanceException(msgspec.Struct, frozen=True, kw_only=True):
    """Something that no rule can decide."""

    exception_id: UUID
    kind: Literal["unknown_reference", "wrong_amount", "refund_refused", "nothing_to_refund"]
    explanation: str
    """What is the matter and what to do, in the reader's language."""
    order_id: UUID | None
    raised_at: datetime
    settled_at: datetime | None
    transfer: Transfer | None
    refund: RefundToFinance | None


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the ledger: an amount goes from one account (credit) to another (debit)."""

    event: str
    order_id: UUID | None
    debit: str
    credit: str
    amount_minor: int
    currency: str
    booked_at: datetime


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What is on an account: debit above zero, credit below."""

    account: str
    currency: str
    balance_minor: int


class Ledger(Page[Booked], frozen=True, kw_only=True):
    """A part of the ledger, and what is on the accounts in all."""

    balances: tuple[Balance, ...]


class _Match(msgspec.Struct, frozen=True):
    reference: str


class _Start(msgspec.Struct, frozen=True):
    method: Method
    redirect_url: str


class _Page(msgspec.Struct, frozen=True):
    items: tuple[Order, ...]


async def list_orders(ask: Asking) -> tuple[Order, ...]:
    """The reader's orders, the latest first; the last hundred of them."""
    return (await ask.get("payment", "/v1/orders", _Page, limit=_MOST)).items


async def find_order(ask: Asking, enrolment_id: UUID) -> Order | None:
    """The order of an enrolment, as far as it is opened already."""
    page = await ask.get("payment", "/v1/orders", _Page, enrolment_id=str(enrolment_id))
    return next(iter(page.items), None)


async def wait_for_order(ask: Asking, enrolment_id: UUID) -> Order | None:
    """The order of an enrolment that was made just now: it opens a moment later."""
    page = await ask.get(
        "payment", "/v1/orders", _Page, enrolment_id=str(enrolment_id), wait_s=_WAIT_S
    )
    return next(iter(page.items), None)


async def start_payment(
    ask: Asking, order_id: UUID, method: Method, *, come_back_to: str, key: str
) -> Payment:
    """Start to pay at the provider's `checkout_url`, which sends the reader back."""
    path = f"/v1/orders/{order_id}/payments"
    return await ask.post("payment", path, _Start(method, come_back_to), Payment, key=key)


async def record_billing(ask: Asking, order_id: UUID, billing: Billing) -> Invoice:
    """Have the employer invoiced; the place is held until the invoice is due."""
    return await ask.put("payment", f"/v1/orders/{order_id}/billing", billing, Invoice)


async def list_open_orders(
    ask: Asking, payer: Payer | None, *, cursor: str | None = None
) -> Page[OrderToFinance]:
    """What is still to be paid, what has to be paid first at the top."""
    return await ask.get(
        "payment", "/v1/open-orders", Page[OrderToFinance], payer=payer, cursor=cursor
    )


async def get_order(ask: Asking, order_id: UUID) -> OrderToFinance:
    """Anybody's order."""
    return await ask.get("payment", f"/v1/orders/{order_id}", OrderToFinance)


async def get_invoice_pdf(ask: Asking, invoice_id: UUID) -> Answer:
    """The document of an invoice or a credit note."""
    return await ask.get_file("payment", f"/v1/invoices/{invoice_id}/pdf")


async def list_exceptions(
    ask: Asking, *, settled: bool, cursor: str | None = None
) -> Page[FinanceException]:
    """What waits for finance, or waited, the longest waiting first."""
    return await ask.get(
        "payment", "/v1/exceptions", Page[FinanceException], settled=settled, cursor=cursor
    )


async def list_refunds(
    ask: Asking, state: RefundState, *, cursor: str | None = None
) -> Page[RefundToFinance]:
    """Refunds in a state, the longest waiting first."""
    return await ask.get(
        "payment", "/v1/refunds", Page[RefundToFinance], state=state, cursor=cursor
    )


async def get_refund(ask: Asking, refund_id: UUID) -> RefundToFinance:
    """One refund."""
    return await ask.get("payment", f"/v1/refunds/{refund_id}", RefundToFinance)


async def retry_refund(ask: Asking, refund_id: UUID, *, key: str) -> RefundToFinance:
    """Have the provider try a refused refund again."""
    path = f"/v1/refunds/{refund_id}/retry"
    return await ask.post("payment", path, None, RefundToFinance, key=key)


async def transfer_refund(ask: Asking, refund_id: UUID, *, key: str) -> RefundToFinance:
    """Say that it was transferred by hand."""
    path = f"/v1/refunds/{refund_id}/transfer"
    return await ask.post("payment", path, None, RefundToFinance, key=key)


async def list_transfers(ask: Asking, *, cursor: str | None = None) -> Page[Transfer]:
    """Every credit that was booked, the latest first."""
    return await ask.get("payment", "/v1/transfers", Page[Transfer], cursor=cursor)


async def get_transfer(ask: Asking, transfer_id: UUID) -> Transfer:
    """One credit."""
    return await ask.get("payment", f"/v1/transfers/{transfer_id}", Transfer)


async def receive_transfer(ask: Asking, credit: Credit, *, key: str) -> Transfer:
    """Book a credit: it pays the invoice that it names, or is kept."""
    return await ask.post("payment", "/v1/transfers", credit, Transfer, key=key)


async def match_transfer(ask: Asking, transfer_id: UUID, reference: str, *, key: str) -> Transfer:
    """Say which invoice a kept transfer is for."""
    path = f"/v1/transfers/{transfer_id}/match"
    return await ask.post("payment", path, _Match(reference), Transfer, key=key)


async def return_transfer(ask: Asking, transfer_id: UUID, *, key: str) -> Transfer:
    """Say that a kept transfer was sent back."""
    path = f"/v1/transfers/{transfer_id}/return"
    return await ask.post("payment", path, None, Transfer, key=key)


async def get_ledger(
    ask: Asking, *, order_id: UUID | None = None, cursor: str | None = None
) -> Ledger:
    """The books, the latest entry first; of one order or of all."""
    return await ask.get(
        "payment",
        "/v1/ledger",
        Ledger,
        order_id=str(order_id) if order_id else None,
        latest_first=True,
        limit=_LEDGER_LINES,
        cursor=cursor,
    )
