"""What browsers are told while people look: from the same origin, without tokens, in the page's language."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from chassis.http.access import ANYONE, SIGNED_IN
from chassis.http.streams import as_event
from chassis.watching import News
from clients.portal.api.asking import Away
from clients.portal.api.enrolment import Enrolment
from clients.portal.api.payment import Order
from clients.portal.api.places_left import PlacesOf
from clients.portal.api.streams import Upstream, open_stream
from clients.portal.views.live import MOST, places_shown, tag_of
from clients.portal.visit import Visit

Ids = Annotated[list[UUID] | None, QueryParameter(max_items=MOST)]


@get("/places/stream", access=ANYONE)
async def stream_places(
    visit: NamedDependency[Visit],
    ids: Annotated[list[UUID], QueryParameter(min_items=1, max_items=MOST)],
) -> Stream:
    """Places left in some offerings: events `places`, ready to be shown."""
    live = visit.parts.live
    live.public.require_room(visit.who)
    live.places_left.require_room(ids)
    zone = visit.parts.settings.institution_zone

    def event(told: PlacesOf) -> bytes:
        return as_event("places", places_shown(told, visit.language, zone))

    news: News[UUID, PlacesOf] = News({})
    return live.public.answer(visit.who, news, live.places_left.telling(news, set(ids)), event)


@get("/my/stream", access=SIGNED_IN)
async def stream_mine(
    visit: NamedDependency[Visit], enrolment: Ids = None, order: Ids = None
) -> Stream:
    """How my own things stand: events `seen`, a tag of each state. What is new is read from the page itself.

    It ends as soon as one of the services hangs up: the browser comes back, and its session is checked again.
    """
    live = visit.parts.live
    live.personal.require_room(visit.who)
    begun: list[Upstream[Enrolment] | Upstream[Order]] = []
    try:
        if enrolment:
            path = "/v1/enrolments/stream"
            begun.append(
                await open_stream(visit.ask, live.http, "enrolment", path, enrolment, Enrolment)
            )
        if order:
            path = "/v1/orders/stream"
            begun.append(await open_stream(visit.ask, live.http, "payment", path, order, Order))
    except BaseException:
        for stream in begun:
            stream.close()
        raise
    news: News[UUID, str] = News({})
    return live.personal.answer(visit.who, news, _telling(news, begun), _seen)


def _seen(tag: str) -> bytes:
    return as_event("seen", tag.encode())


@contextmanager
def _telling(
    news: News[UUID, str], streams: list[Upstream[Enrolment] | Upstream[Order]]
) -> Iterator[None]:
    tasks = [asyncio.create_task(_tell(news, each)) for each in streams]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for stream in streams:
            stream.close()


async def _tell(news: News[UUID, str], stream: Upstream[Enrolment] | Upstream[Order]) -> None:
    try:
        async for thing in stream:
            key = thing.order_id if isinstance(thing, Order) else thing.enrolment_id
            news.tell(key, tag_of(thing))
    except Away:
        pass  # The browser comes back, and is told then.
    finally:
        news.end()


ROUTES = [stream_places, stream_mine]
