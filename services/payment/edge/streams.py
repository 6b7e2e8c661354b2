"""What changes while people watch: what they have to pay."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from chassis.http.access import SIGNED_IN, Caller
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from chassis.http.streams import as_event, who
from chassis.watching import News
from contracts.fact import Language
from services.payment import store
from services.payment.edge.shapes import OrderView, show_order
from services.payment.parts import Parts
from services.payment.store.whole_orders import WholeOrder

MOST_ORDERS = 50

_encode = msgspec.json.Encoder().encode


@get("/v1/orders/stream", access=SIGNED_IN, events=OrderView)
async def stream_orders(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    caller: NamedDependency[Caller],
    language: NamedDependency[Language],
    ids: Annotated[
        list[UUID],
        QueryParameter(
            min_items=1,
            max_items=MOST_ORDERS,
            description="Orders, at most 50, each as `ids=`.",
        ),
    ],
) -> Stream:
    """How orders stand, now and whenever it changes: server-sent events `order`; mine, all to finance.

    Every event has the whole state of one order. The stream ends by itself after a few minutes; open it again.
    """
    watcher = who(request, caller)
    parts.streams.require_room(watcher)
    wanted = set(ids)
    async with parts.db.reading() as connection:
        found = await store.whole_orders.get_whole_orders(connection, wanted)
    for whole in found.values():
        if not (whole.order.learner_id == caller.account_id or caller.has("finance")):
            raise NOT_FOUND()
    if len(found) < len(wanted):
        raise NOT_FOUND()

    def event(whole: WholeOrder) -> bytes:
        view = show_order(whole, language=language, now=parts.clock.now())
        return as_event("order", _encode(view))

    news = News(found)
    return parts.streams.answer(watcher, news, parts.orders.telling(news, wanted), event)


ROUTES = [stream_orders]
