"""What payment's doors work with."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from chassis.awaiting import Awaited
from chassis.http.rate_limit import RateLimit
from chassis.http.streams import Streams, open_streams
from chassis.service import Parts as CommonParts
from chassis.watching import Watched
from services.payment import store
from services.payment.outside import Mollie, open_mollie
from services.payment.settings import Settings
from services.payment.store.whole_orders import WholeOrder


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts, and the provider."""

    provider: Mollie
    opening_orders: Awaited[UUID]
    """Enrolments whose order somebody waits for."""
    attempts: RateLimit
    """How often one learner may start to pay."""
    streams: Streams
    orders: Watched[UUID, WholeOrder]
    """What people watch."""

    @property
    def webhook_url(self) -> str:
        """Where the provider tells us that it has news."""
        return f"{self.settings.own_url}/webhooks/mollie"


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """Add the connection to the provider, and what is looked at for all who watch or wait.

    Raises:
        SettingsError: a setting is not sound.
    """
    settings = common.settings
    settings.require_sound()

    async def find_known(enrolment_ids: Collection[UUID]) -> set[UUID]:
        async with common.db.reading() as connection:
            return await store.orders.find_known(connection, enrolment_ids)

    async def look_at_orders(order_ids: Collection[UUID]) -> dict[UUID, WholeOrder]:
        async with common.db.reading() as connection:
            return await store.whole_orders.get_whole_orders(connection, order_ids)

    async with (
        open_mollie(settings.provider_url, settings.provider_key) as provider,
        open_streams(
            common.stopping,
            most=settings.most_streams,
            most_of_one=settings.most_streams_of_one,
        ) as streams,
    ):
        yield Parts(
            settings=settings,
            db=common.db,
            clock=common.clock,
            stopping=common.stopping,
            provider=provider,
            opening_orders=Awaited(find_known),
            attempts=RateLimit(per_minute=6, burst=12, clock=common.clock),
            streams=streams,
            orders=Watched(look_at_orders),
        )
