"""Watching what changes: everybody who watches is served by the same look, once a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

import structlog

from chassis.database import is_away

log = structlog.get_logger()

K = TypeVar("K")
V = TypeVar("V")

Read = Callable[[Collection[K]], Awaitable[Mapping[K, V]]]
"""Takes the keys of what is watched, returns how each of them is now; without those that there are not."""

_PACE_S = 1.0
_REST = 4
"""A look is followed by at least so many times its own length without one: the database has more to do."""


class News(Generic[K, V]):
    """What one watcher has not been told yet: of each thing its latest state, however slowly they read."""

    def __init__(self, first: Mapping[K, V]) -> None:
        self._latest = dict(first)
        self._comes = asyncio.Event()
        self.is_over = False
        if first:
            self._comes.set()

    def tell(self, key: K, state: V) -> None:
        """Have it heard."""
        self._latest[key] = state
        self._comes.set()

    def end(self) -> None:
        """There will be no more."""
        self.is_over = True
        self._comes.set()

    async def next(self, *, patience_s: float) -> Mapping[K, V]:
        """What has come since the last time, as soon as there is something; nothing if none comes by then."""
        try:
            async with asyncio.timeout(patience_s):
                await self._comes.wait()
        except TimeoutError:
            return {}
        self._comes.clear()
        news, self._latest = self._latest, {}
        return news


class Watchers(Generic[K, V]):
    """Who watches what, and what they were told."""

    def __init__(self) -> None:
        self._watchers: dict[K, set[News[K, V]]] = {}
        self._known: dict[K, V] = {}

    @property
    def watched(self) -> Collection[K]:
        """What somebody watches right now."""
        return self._watchers.keys()

    @contextmanager
    def telling(self, news: News[K, V], keys: Collection[K]) -> Iterator[None]:
        """Tell somebody of these things from now on: how they are as soon as that is known, and what changes."""
        for key in keys:
            self._watchers.setdefault(key, set()).add(news)
        self._has_come(news, keys)
        try:
            yield
        finally:
            for key in keys:
                self._watchers[key].discard(news)
                if not self._watchers[key]:
                    del self._watchers[key]
            self._has_gone()

    def _has_come(self, news: News[K, V], keys: Collection[K]) -> None:
        """Somebody watches these from now on."""
        raise NotImplementedError

    def _has_gone(self) -> None:
        """Somebody watches no more."""
        raise NotImplementedError

    def _tell(self, states: Mapping[K, V]) -> None:
        """How some things are now: whoever watches is told where that is new."""
        for key, state in states.items():
            if self._known.get(key) != state:
                self._known[key] = state
                for news in self._watchers.get(key, ()):
                    news.tell(key, state)


class Watched(Watchers[K, V]):
    """Reads all that is watched at once, as long as somebody watches, and tells what has changed."""

    def __init__(self, read: Read[K, V]) -> None:
        super().__init__()
        self._read = read
        self._looking: asyncio.Task[None] | None = None

    def _has_come(self, news: News[K, V], keys: Collection[K]) -> None:  # noqa: ARG002 - the interface's.
        # The next look tells them even if nothing has changed: so nothing is missed that happened between
        # what the watcher has read before and this.
        for key in keys:
            self._known.pop(key, None)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking())

    def _has_gone(self) -> None:
        if not self._watchers:
            self._known.clear()

    async def _keep_looking(self) -> None:
        while self._watchers:
            began = time.monotonic()
            try:
                self._tell(await self._read(list(self._watchers)))
            except Exception as error:
                # Whoever watches is told when it works again; what they see stays as it was.
                expected = is_away(error)
                log.warning(
                    "watching.failed",
                    error=type(error).__name__,
                    exc_info=None if expected else error,
                )
            await asyncio.sleep(max(_PACE_S, _REST * (time.monotonic() - began)))
