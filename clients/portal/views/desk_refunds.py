"""Refunds: those that need a hand, and one with what can be done about it."""

from typing import Literal

import msgspec

from clients.portal.api.asking import Part, the_missing
from clients.portal.api.paging import Page
from clients.portal.api.payment import (
    OrderToFinance,
    RefundState,
    RefundToFinance,
)
from clients.portal.views.desk_payments import refund_state
from clients.portal.views.desk_people import Names, name_of
from clients.portal.views.offers import State
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words

STATES: tuple[RefundState, ...] = (
    "to_transfer",
    "refused",
    "requested",
    "sent",
    "refunded",
    "transferred",
)
"""Those that wait for a person first."""
Deed = Literal["retry", "transfer"]


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    """One refund in the list."""

    it: RefundToFinance
    state: State


class RefundsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the refunds in a state."""

    state: RefundState
    rows: tuple[RefundRow, ...]
    paging: Paging


class RefundPage(msgspec.Struct, frozen=True, kw_only=True):
    """One refund."""

    it: RefundToFinance
    state: State
    order: OrderToFinance
    name: str
    deeds: tuple[Deed, ...]
    """What finance can do now."""
    missing: tuple[Part, ...]


def refunds_page(
    state: RefundState, found_here: Page[RefundToFinance], *, cursor: str, words: Words
) -> RefundsPage:
    """Make the list, the longest waiting first."""
    return RefundsPage(
        state=state,
        rows=tuple(
            RefundRow(it=each, state=refund_state(each.refund.state, words))
            for each in found_here.items
        ),
        paging=paging_of(found_here, cursor, state=state),
    )


def refund_page(
    refund: RefundToFinance, order: OrderToFinance, names: Names, *, words: Words
) -> RefundPage:
    """Make the page of one refund."""
    return RefundPage(
        it=refund,
        state=refund_state(refund.refund.state, words),
        order=order,
        name=name_of(order.learner_id, names, words),
        deeds=deeds_of(refund.refund.state),
        missing=the_missing(names),
    )


def deeds_of(state: RefundState) -> tuple[Deed, ...]:
    """What finance can do about a refund in a state."""
    match state:
        case "refused":
            return ("retry", "transfer")
        case "to_transfer":
            return ("transfer",)
        case _:
            return ()
