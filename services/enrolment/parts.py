"""What enrolment's doors work with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.batching import Batcher
from chassis.database import AGAIN
from chassis.refusals import Refusal
from chassis.service import Parts as CommonParts
from services.enrolment import commands
from services.enrolment.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts, and the place where requests wait for their batch."""

    requests: Batcher[commands.Request, commands.Requested]


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """Add the batcher: opening day's requests share transactions."""

    async def decide(
        requests: Sequence[commands.Request],
    ) -> list[commands.Requested | Refusal]:
        try:
            return await _decide(common, requests)
        except AGAIN:
            return await _decide(common, requests)

    yield Parts(
        settings=common.settings, db=common.db, clock=common.clock, requests=Batcher(decide)
    )


async def _decide(
    common: CommonParts[Settings], requests: Sequence[commands.Request]
) -> list[commands.Requested | Refusal]:
    async with common.db.transaction() as tx:
        return await commands.request_enrolments(
            tx, requests, zone=common.settings.institution_zone, now=common.clock.now()
        )
