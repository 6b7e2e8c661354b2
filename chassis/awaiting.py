"""Waiting for what comes into being elsewhere: everybody who waits is served by the same look."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Generic, TypeVar

from chassis.database import AWAY

K = TypeVar("K", bound=Hashable)

Look = Callable[[Collection[K]], Awaitable[Collection[K]]]
"""Takes the keys that are waited for, returns those that are there."""

_PACE_S = 0.1


class Awaited(Generic[K]):
    """Looks for all keys at once, ten times a second, as long as somebody waits."""

    def __init__(self, look: Look[K]) -> None:
        self._look = look
        self._arrivals: dict[K, asyncio.Event] = {}
        self._waiting: Counter[K] = Counter()
        self._looking: asyncio.Task[None] | None = None

    @property
    def awaited(self) -> Collection[K]:
        """What somebody waits for right now."""
        return self._arrivals.keys()

    async def wait(self, key: K, *, timeout_s: float) -> bool:
        """Wait until the key is there; False where it is not by then."""
        arrival = self._arrivals.setdefault(key, asyncio.Event())
        self._waiting[key] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking())
        try:
            async with asyncio.timeout(timeout_s):
                await arrival.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._arrivals[key]
        return True

    async def _keep_looking(self) -> None:
        while self._arrivals:
            try:
                there = await self._look(list(self._arrivals))
            except AWAY:
                there = ()  # It may be back before they stop waiting.
            for key in there:
                if arrival := self._arrivals.get(key):
                    arrival.set()
            await asyncio.sleep(_PACE_S)
