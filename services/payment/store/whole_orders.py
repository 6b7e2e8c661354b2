"""Orders with all that belongs to them, looked up for many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

from chassis.database import Connection
from contracts.fact import Translated
from services.payment.domain.invoices import Invoice
from services.payment.domain.orders import Order
from services.payment.domain.payments import Payment
from services.payment.domain.refunds import Refund
from services.payment.store import invoices, offerings, orders, payments, refunds


class _OfOrder(Protocol):
    @property
    def order_id(self) -> UUID: ...


T = TypeVar("T", bound=_OfOrder)


class WholeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and what people see with it."""

    order: Order
    title: Translated | None
    """None while the catalogue has not told of the course yet."""
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]
    invoices: tuple[Invoice, ...]


async def get_whole_orders(
    connection: Connection, order_ids: Collection[UUID]
) -> dict[UUID, WholeOrder]:
    """Orders by their ids; those that there are."""
    found = await look_up(connection, await orders.get_orders(connection, order_ids))
    return {each.order.order_id: each for each in found}


async def look_up(connection: Connection, known: Sequence[Order]) -> list[WholeOrder]:
    """What belongs to these orders, in their order."""
    ids = [order.order_id for order in known]
    titles = await offerings.get_titles(connection, {each.offering_id for each in known})
    paid = _by_order(await payments.list_payments(connection, ids))
    given_back = _by_order(await refunds.list_refunds(connection, ids))
    invoiced = _by_order(await invoices.list_invoices(connection, ids))
    return [
        WholeOrder(
            order=order,
            title=titles.get(order.offering_id),
            payments=paid[order.order_id],
            refunds=given_back[order.order_id],
            invoices=invoiced[order.order_id],
        )
        for order in known
    ]


def _by_order(found: Iterable[T]) -> defaultdict[UUID, tuple[T, ...]]:
    grouped: defaultdict[UUID, tuple[T, ...]] = defaultdict(tuple)
    for each in found:
        grouped[each.order_id] += (each,)
    return grouped
