"""Places left, for all browsers of a process: however many watch, enrolment is listened to once."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

import aiohttp
import structlog

from chassis.http.problems import unavailable
from chassis.ids import new_id
from chassis.telemetry import correlated
from chassis.watching import News, Watchers
from clients.portal.api.asking import Asking, Away, LoginNeeded, Refused
from clients.portal.api.catalogue import Places
from clients.portal.api.streams import open_stream

log = structlog.get_logger()

MOST_WATCHED = 1000
"""Offerings; those who come with others then see them without places that move."""
_AT_ONCE = 200
"""As enrolment allows on one stream."""
_TOGETHER_S = 0.2
"""Those who come within so long are asked for together."""
_LONGEST_PAUSE_S = 30.0
_ROOM_AGAIN_S = 60


class PlacesOf(Places, frozen=True):
    """How full one offering is."""

    offering_id: UUID


class PlacesLeft(Watchers[UUID, PlacesOf]):
    """Listens to enrolment while some browser watches; asks for more when one comes that watches more."""

    def __init__(self, ask: Asking, http: aiohttp.ClientSession) -> None:
        super().__init__()
        self._ask = ask
        self._http = http
        self._asked: frozenset[UUID] = frozenset()
        self._is_to_ask_again = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self._pause_s = _TOGETHER_S

    def require_room(self, offering_ids: Collection[UUID]) -> None:
        """Refuse more than there may be.

        Raises:
            Refusal: 503, with Retry-After.
        """
        if len({*self.watched, *offering_ids}) > MOST_WATCHED:
            raise unavailable(_ROOM_AGAIN_S)

    async def close(self) -> None:
        """Hang up."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def _has_come(self, news: News[UUID, PlacesOf], keys: Collection[UUID]) -> None:
        for key in keys:
            if key in self._known:
                news.tell(key, self._known[key])
        if not self._asked.issuperset(keys):
            self._is_to_ask_again.set()
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._keep_listening())

    def _has_gone(self) -> None:
        if not self._watchers:
            self._is_to_ask_again.set()

    async def _keep_listening(self) -> None:
        with correlated(str(new_id())):
            while self._watchers:
                await asyncio.sleep(self._pause_s)
                self._is_to_ask_again.clear()
                self._known.clear()  # Enrolment tells all of it first, and until then nobody can.
                self._asked = frozenset(self._watchers)
                await self._listen_once()
        self._known.clear()
        self._asked = frozenset()

    async def _listen_once(self) -> None:
        """Until somebody comes who watches more, all have gone, or enrolment hangs up."""
        ids = sorted(self._asked)
        asking_again = asyncio.create_task(self._is_to_ask_again.wait())
        listening = [
            asyncio.create_task(self._listen(ids[start : start + _AT_ONCE]))
            for start in range(0, len(ids), _AT_ONCE)
        ]
        tasks = (asking_again, *listening)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if asking_again not in done:
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    async def _listen(self, ids: Collection[UUID]) -> None:
        try:
            stream = await open_stream(
                self._ask, self._http, "enrolment", "/v1/places/stream", ids, PlacesOf
            )
            async for told in stream:
                self._pause_s = _TOGETHER_S
                self._tell({told.offering_id: told})
        except (Away, Refused, LoginNeeded) as error:
            log.warning("portal.places_unknown", error=type(error).__name__)


@asynccontextmanager
async def open_places_left(ask: Asking, http: aiohttp.ClientSession) -> AsyncIterator[PlacesLeft]:
    """Listen while somebody watches; hang up at the end."""
    places_left = PlacesLeft(ask, http)
    try:
        yield places_left
    finally:
        await places_left.close()
