"""Everything that payment knows of me."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from chassis.http.access import SIGNED_IN, Caller
from chassis.http.export import PAGE, export, pages_of
from contracts.fact import Language
from services.payment import store
from services.payment.edge.shapes import OrderView, show_orders
from services.payment.parts import Parts


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or a credit note as a PDF."""

    invoice_id: UUID
    number: str
    path: str


class OrderExported(msgspec.Struct, frozen=True, kw_only=True):
    """What I had to pay, with everything that belongs to it."""

    order: OrderView
    papers: tuple[Paper, ...]


class PaymentExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that payment knows of me."""

    service: str
    exported_at: datetime
    orders: tuple[OrderExported, ...]
    """The latest first."""


@get("/v1/me/export", access=SIGNED_IN, answers=PaymentExport)
async def export_mine(
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Stream:
    """Everything that payment knows of me, as one file (GDPR, articles 15 and 20). Documents are at their paths."""
    listed = pages_of(
        parts.db,
        lambda reading, before: store.orders.list_orders(
            reading, learner_id=caller.account_id, enrolment_id=None, before=before, limit=PAGE
        ),
        lambda each: each.arrival,
    )

    async def orders() -> AsyncIterator[list[OrderExported]]:
        async for page in listed:
            async with parts.db.reading() as connection:
                views = await show_orders(
                    connection,
                    [each.order for each in page],
                    language=language,
                    now=parts.clock.now(),
                )
            yield [OrderExported(order=view, papers=_papers(view)) for view in views]

    return export("payment", {"orders": orders()}, now=parts.clock.now())


def _papers(order: OrderView) -> tuple[Paper, ...]:
    return tuple(
        Paper(
            invoice_id=each.invoice_id,
            number=each.number,
            path=f"/v1/invoices/{each.invoice_id}/pdf",
        )
        for each in order.invoices
    )


ROUTES = [export_mine]
