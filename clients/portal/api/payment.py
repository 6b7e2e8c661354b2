"""What the portal reads of payment."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.enrolment import Payer
from contracts.fact import Language

Method = Literal["ideal", "creditcard"]

_WAIT_S = 5
_MOST = 100


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
    state: Literal["open", "paid", "closed", "refunded", "partly_refunded"]
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
