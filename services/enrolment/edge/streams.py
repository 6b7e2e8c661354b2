"""What changes while people watch: places, and their own enrolments."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from chassis.http.access import ANYONE, SIGNED_IN, Caller
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from chassis.http.streams import as_event, who
from chassis.watching import News
from contracts.fact import Language
from services.enrolment import refusals, store
from services.enrolment.edge.enrolments import (
    EnrolmentView,
    PlacesView,
    show_enrolment,
    show_places,
)
from services.enrolment.parts import Parts

MOST_OFFERINGS = 200
MOST_ENROLMENTS = 50

_encode = msgspec.json.Encoder().encode


@get("/v1/places/stream", access=ANYONE, events=PlacesView)
async def stream_places(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    ids: Annotated[
        list[UUID],
        QueryParameter(
            min_items=1,
            max_items=MOST_OFFERINGS,
            description="Offerings, at most 200, each as `ids=`.",
        ),
    ],
) -> Stream:
    """How many places are left in some offerings, now and whenever it changes: server-sent events `places`.

    Every event has the whole state of one offering. The stream ends by itself after a few minutes; open it again.
    """
    watcher = who(request, asker)
    parts.streams.require_room(watcher)
    async with parts.db.reading() as connection:
        found = await store.get_occupations(connection, ids)
    if not found:
        raise refusals.NO_SUCH_OFFERING()

    def event(occupation: store.Occupation) -> bytes:
        return as_event("places", _encode(show_places(occupation)))

    news = News(found)
    return parts.streams.answer(watcher, news, parts.places.telling(news, set(ids)), event)


@get("/v1/enrolments/stream", access=SIGNED_IN, events=EnrolmentView)
async def stream_enrolments(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    caller: NamedDependency[Caller],
    language: NamedDependency[Language],
    ids: Annotated[
        list[UUID],
        QueryParameter(
            min_items=1,
            max_items=MOST_ENROLMENTS,
            description="Enrolments, at most 50, each as `ids=`.",
        ),
    ],
) -> Stream:
    """How enrolments stand, now and whenever it changes: server-sent events `enrolment`; mine, all to the office.

    Every event has the whole state of one enrolment. The stream ends by itself after a few minutes; open it again.
    """
    watcher = who(request, caller)
    parts.streams.require_room(watcher)
    wanted = set(ids)
    async with parts.db.reading() as connection:
        found = await store.get_listed(connection, wanted)
    for listed in found.values():
        if not (listed.learner_id == caller.account_id or caller.has("office")):
            raise NOT_FOUND()
    if len(found) < len(wanted):
        raise NOT_FOUND()

    def event(listed: store.Listed) -> bytes:
        return as_event("enrolment", _encode(show_enrolment(listed, language)))

    news = News(found)
    return parts.streams.answer(watcher, news, parts.enrolments.telling(news, wanted), event)


ROUTES = [stream_places, stream_enrolments]
