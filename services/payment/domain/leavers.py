"""People who want to be forgotten: money that is still under way, and what the tax office wants kept.

Source: article 52 of the Dutch Algemene wet inzake rijksbelastingen: records are kept for seven years, and
article 34a of the Wet op de omzetbelasting 1968 for invoices. Counted from the end of the book year.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from contracts.erasure import Objection, Obstacle, Retained
from contracts.identity import ErasureRequested
from contracts.payment import PaymentAnsweredErasure, PaymentErasedPersonalData
from services.payment.domain.billing import Billing

YEARS_KEPT = 7

NOBODY = Billing(
    organisation="",
    address=(),
    postcode="",
    city="",
    country="",
    vat_number=None,
    purchase_order_reference=None,
    mail_address="",
    language="nl",
)
"""Whom an invoice names after its years."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An order that may stand in the way."""

    enrolment_id: UUID
    is_open: bool
    is_paying: bool
    """Money may still come: the provider has not said what became of an attempt."""
    is_refunding: bool
    """Money has to go back and has not arrived."""


def answer_erasure(told: ErasureRequested, orders: Iterable[Standing]) -> PaymentAnsweredErasure:
    """Say what stands in the way, all at once."""
    return PaymentAnsweredErasure(
        account_id=told.account_id,
        version=told.version,
        objections=tuple(
            Objection(why=why, regarding=order.enrolment_id)
            for order in orders
            for why in _obstacles(order)
        ),
    )


def _obstacles(order: Standing) -> Iterator[Obstacle]:
    if order.is_paying:
        yield "payment_under_way"
    elif order.is_open:
        yield "order_open"
    if order.is_refunding:
        yield "refund_under_way"


def report(
    account_id: UUID, *, has_orders: bool, last_invoiced: int | None, zone: ZoneInfo, now: datetime
) -> PaymentErasedPersonalData:
    """What stays: payments by an id that leads to nobody, and invoices for seven years after their book year."""
    retained = []
    if has_orders:
        retained.append(Retained(what="payments", because="names_nobody", until=None))
    if last_invoiced is not None:
        until = datetime(last_invoiced + YEARS_KEPT + 1, 1, 1, tzinfo=zone).astimezone(UTC)
        retained.append(Retained(what="invoices", because="tax_law", until=until))
    return PaymentErasedPersonalData(account_id=account_id, retained=tuple(retained), erased_at=now)


def last_year_to_forget(this_year: int) -> int:
    """The latest book year whose invoices need not name anybody any more."""
    return this_year - YEARS_KEPT - 1
