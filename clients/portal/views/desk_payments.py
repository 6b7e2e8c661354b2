"""What is still to be paid, and one order with all the money that belongs to it."""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from clients.portal.api.asking import Part, the_missing
from clients.portal.api.enrolment import Payer
from clients.portal.api.paging import Page
from clients.portal.api.payment import (
    Ledger,
    NumberedInvoice,
    OrderState,
    OrderToFinance,
    RefundState,
)
from clients.portal.views.desk_people import Names, name_of
from clients.portal.views.offers import State, Tone
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words

PAYERS: tuple[Payer, ...] = get_args(Payer)
Which = Literal["all", "self", "employer"]
_ORDER_TONES: dict[OrderState, Tone] = {"open": "warn", "paid": "ok"}
_REFUND_TONES: dict[RefundState, Tone] = {
    "requested": "info",
    "sent": "ok",
    "refunded": "ok",
    "refused": "bad",
    "to_transfer": "warn",
    "transferred": "ok",
}


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """One row: who has to pay how much until when."""

    order: OrderToFinance
    name: str
    invoice: NumberedInvoice | None
    """The one that stands."""
    is_late: bool


class OpenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what is still to be paid."""

    which: Which
    rows: tuple[Owed, ...]
    paging: Paging
    missing: tuple[Part, ...]


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """One order."""

    order: OrderToFinance
    name: str
    state: State
    ledger: Ledger
    missing: tuple[Part, ...]


def open_page(
    which: Which,
    found_here: Page[OrderToFinance],
    names: Names,
    *,
    cursor: str,
    words: Words,
    now: datetime,
) -> OpenPage:
    """Make the list; the order is the service's, what has to be paid first at the top."""
    kept = {} if which == "all" else {"payer": which}
    return OpenPage(
        which=which,
        rows=tuple(
            Owed(
                order=each,
                name=name_of(each.learner_id, names, words),
                invoice=standing_invoice(each),
                is_late=each.pay_before is not None and each.pay_before <= now,
            )
            for each in found_here.items
        ),
        paging=paging_of(found_here, cursor, **kept),
        missing=the_missing(names),
    )


def order_page(order: OrderToFinance, ledger: Ledger, names: Names, *, words: Words) -> OrderPage:
    """Make the page of one order."""
    return OrderPage(
        order=order,
        name=name_of(order.learner_id, names, words),
        state=State(_ORDER_TONES.get(order.state, ""), words.say(f"finance.order.{order.state}")),
        ledger=ledger,
        missing=the_missing(names),
    )


def standing_invoice(order: OrderToFinance) -> NumberedInvoice | None:
    """The invoice that is not wholly credited; there is one at most."""
    return next(
        (
            each
            for each in order.invoices
            if each.kind == "invoice" and each.credited_minor < each.amount_minor
        ),
        None,
    )


def refund_state(state: RefundState, words: Words) -> State:
    """Where a refund is, in a word."""
    return State(_REFUND_TONES[state], words.say(f"finance.refund.{state}"))
