"""What people have to pay."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from chassis.http.access import SIGNED_IN, Caller
from chassis.http.conditional import conditional
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.prefer import preferred_wait_s
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.fact import Language
from services.payment import store
from services.payment.edge.shapes import OrderView, show_orders
from services.payment.parts import Parts


@get("/v1/orders", access=SIGNED_IN)
async def list_orders(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    enrolment_id: Annotated[
        UUID | None, QueryParameter(description="The order of this enrolment only.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[OrderView]]:
    """My orders, the latest first; finance sees everybody's.

    An enrolment's order opens a moment after the enrolment. With `Prefer: wait=n` (at most 10 seconds)
    the answer waits for it.
    """
    wait_s = preferred_wait_s(request)
    if enrolment_id is not None and wait_s:
        await parts.opening_orders.wait(enrolment_id, timeout_s=wait_s)
    async with parts.db.reading() as connection:
        listed = await store.orders.list_orders(
            connection,
            learner_id=None if caller.has("finance") else caller.account_id,
            enrolment_id=enrolment_id,
            before=decode_cursor(cursor, int),
            limit=limit + 1,
        )
        items = await show_orders(
            connection,
            [each.order for each in listed[:limit]],
            language=language,
            now=parts.clock.now(),
        )
    more = len(listed) > limit
    page = Page(
        items, next_page(request, encode_cursor(listed[limit - 1].arrival)) if more else None
    )
    response: Response[Page[OrderView]] = conditional(request, page)
    response.headers.update(link_header(page))
    if wait_s:
        response.headers["Preference-Applied"] = f"wait={wait_s}"
    return response


@get("/v1/orders/{order_id:uuid}", access=SIGNED_IN)
async def get_order(
    request: AnyRequest,
    order_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[OrderView]:
    """One order, to its learner and finance."""
    async with parts.db.reading() as connection:
        order = await store.orders.get_order(connection, order_id)
        if order is None or not (order.learner_id == caller.account_id or caller.has("finance")):
            raise NOT_FOUND()
        [view] = await show_orders(connection, [order], language=language, now=parts.clock.now())
    return conditional(request, view)


ROUTES = [list_orders, get_order]
