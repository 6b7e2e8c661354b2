"""What enrolment's doors work with."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from chassis.batching import Batcher
from chassis.database import AGAIN
from chassis.http.streams import Streams, open_streams
from chassis.refusals import Refusal
from chassis.service import Parts as CommonParts
from chassis.watching import Watched
from services.enrolment import commands, store
from services.enrolment.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts, the place where requests wait for their batch, and what people watch."""

    requests: Batcher[commands.Request, commands.Requested]
    streams: Streams
    places: Watched[UUID, store.Occupation]
    """By offering."""
    enrolments: Watched[UUID, store.Listed]


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """Add the batcher, opening day's requests share transactions; and what is looked at for all who watch."""

    async def decide(
        requests: Sequence[commands.Request],
    ) -> list[commands.Requested | Refusal]:
        try:
            return await _decide(common, requests)
        except AGAIN:
            return await _decide(common, requests)

    async def look_at_places(offering_ids: Collection[UUID]) -> dict[UUID, store.Occupation]:
        async with common.db.reading() as connection:
            return await store.get_occupations(connection, offering_ids)

    async def look_at_enrolments(enrolment_ids: Collection[UUID]) -> dict[UUID, store.Listed]:
        async with common.db.reading() as connection:
            return await store.get_listed(connection, enrolment_ids)

    async with open_streams(
        common.stopping,
        most=common.settings.most_streams,
        most_of_one=common.settings.most_streams_of_one,
    ) as streams:
        yield Parts(
            settings=common.settings,
            db=common.db,
            clock=common.clock,
            stopping=common.stopping,
            requests=Batcher(decide),
            streams=streams,
            places=Watched(look_at_places),
            enrolments=Watched(look_at_enrolments),
        )


async def _decide(
    common: CommonParts[Settings], requests: Sequence[commands.Request]
) -> list[commands.Requested | Refusal]:
    async with common.db.transaction() as tx:
        return await commands.request_enrolments(
            tx, requests, zone=common.settings.institution_zone, now=common.clock.now()
        )
