"""What payment shows: orders with all that belongs to them, refunds, documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from chassis.database import Connection
from contracts.enrolment import Payer
from contracts.fact import Language
from contracts.payment import Method
from services.payment import store
from services.payment.domain.billing import Billing
from services.payment.domain.invoices import Invoice, Kind
from services.payment.domain.orders import ClosedWhy, Order
from services.payment.domain.payments import Payment
from services.payment.domain.payments import State as PaymentState
from services.payment.domain.refunds import Refund, Why
from services.payment.domain.refunds import State as RefundState
from services.payment.store.whole_orders import WholeOrder

ShownState = Literal["open", "paid", "partly_refunded", "refunded", "closed"]


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to pay, or money that came by bank transfer."""

    payment_id: UUID
    method: Method
    state: PaymentState
    amount_minor: int
    currency: str
    intended_at: datetime
    checkout_url: str | None
    """Where to pay, while that is possible."""
    expires_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    """Money that goes back or went back."""

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    sequence: int
    amount_minor: int
    currency: str
    why: Why
    state: RefundState
    requested_at: datetime
    issued_at: datetime | None
    """When it left us; banks take a few days after that."""


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or a credit note. The document itself is at `/v1/invoices/{invoice_id}/pdf`."""

    invoice_id: UUID
    order_id: UUID
    kind: Kind
    number: str
    reference: str
    """What a transfer must name."""
    amount_minor: int
    vat_minor: int
    currency: str
    issued_at: datetime
    due_at: datetime | None
    credited_minor: int
    """How much of an invoice credit notes have taken back."""
    credited_number: str | None
    """The invoice that a credit note takes back."""


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """What an enrolment has to pay, until when, and what has been paid and given back."""

    order_id: UUID
    enrolment_id: UUID
    learner_id: UUID
    offering_id: UUID
    title: str | None
    """None while the catalogue has not told of the course yet."""
    state: ShownState
    payer: Payer
    fee_minor: int
    owed_minor: int
    """What can be paid now; 0 when it is paid, or the place is not held any more."""
    refunded_minor: int
    """What goes back or went back of the payment that paid this order."""
    currency: str
    pay_before: datetime | None
    """The place is held until this instant."""
    opened_at: datetime
    paid_at: datetime | None
    closed_at: datetime | None
    closed_why: ClosedWhy | None
    billing: Billing | None
    payments: tuple[PaymentView, ...]
    refunds: tuple[RefundView, ...]
    invoices: tuple[InvoiceView, ...]


async def show_orders(
    connection: Connection, orders: Sequence[Order], *, language: Language, now: datetime
) -> list[OrderView]:
    """Look up what belongs to orders, all at once."""
    known = await store.whole_orders.look_up(connection, orders)
    return [show_order(each, language=language, now=now) for each in known]


def show_payment(payment: Payment) -> PaymentView:
    """One payment."""
    fields = {name: getattr(payment, name) for name in PaymentView.__struct_fields__}
    return PaymentView(
        **fields | {"checkout_url": payment.checkout_url if payment.state == "open" else None}
    )


def show_refund(refund: Refund) -> RefundView:
    """One refund."""
    return RefundView(**{name: getattr(refund, name) for name in RefundView.__struct_fields__})


def show_invoice(invoice: Invoice) -> InvoiceView:
    """One document."""
    return InvoiceView(**{name: getattr(invoice, name) for name in InvoiceView.__struct_fields__})


def show_order(whole: WholeOrder, *, language: Language, now: datetime) -> OrderView:
    """One order with all that belongs to it."""
    order, title = whole.order, whole.title
    paying = next((each for each in whole.payments if each.payment_id == order.paid_by), None)
    refunded = paying.refunded_minor if paying else 0
    return OrderView(
        order_id=order.order_id,
        enrolment_id=order.enrolment_id,
        learner_id=order.learner_id,
        offering_id=order.offering_id,
        title=title.in_language(language) if title else None,
        state=_state(order, paying),
        payer=order.payer,
        fee_minor=order.fee_minor,
        owed_minor=order.owed_minor(now),
        refunded_minor=refunded,
        currency=order.currency,
        pay_before=order.held_until if order.state == "open" else None,
        opened_at=order.opened_at,
        paid_at=order.paid_at,
        closed_at=order.closed_at,
        closed_why=order.closed_why,
        billing=order.billing,
        payments=tuple(map(show_payment, whole.payments)),
        refunds=tuple(map(show_refund, whole.refunds)),
        invoices=tuple(map(show_invoice, whole.invoices)),
    )


def _state(order: Order, paying: Payment | None) -> ShownState:
    if paying is None or not paying.refunded_minor:
        return order.state
    return "partly_refunded" if paying.refundable_minor else "refunded"
