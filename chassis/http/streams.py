"""Server-sent events (HTML Living Standard, 9.2): how things are, and again whenever that changes.

Every event carries the whole state of one thing. So nothing has to be remembered for whoever is cut
off: they open the stream again, and are told how it stands by then.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any, TypeVar

from litestar.response import Stream

from chassis.http.access import Caller
from chassis.http.problems import TOO_MANY_REQUESTS, unavailable
from chassis.http.request import AnyRequest
from chassis.telemetry import STREAMS_OPEN
from chassis.watching import News

K = TypeVar("K")
V = TypeVar("V")

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 15.0
"""A line that says nothing, so that both ends and all between notice a connection that is dead."""
_LASTS_S = (240.0, 300.0)
"""Then it ends, somewhere in between: whoever has lost a role or a login sees nothing any more."""
_COME_BACK_MS = (2_000, 6_000)
"""After so long browsers open a stream again that has ended; not all at once."""
_ROOM_AGAIN_S = 30
_HEARTBEAT = b":\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """The open streams of a process: so many at most, and so many of one person; they end when it does."""

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._open: dict[News[Any, Any], str] = {}
        self._of_one: Counter[str] = Counter()
        self._is_over = False

    def __len__(self) -> int:
        return len(self._open)

    def require_room(self, who: str) -> None:
        """Refuse one more than there may be; for the beginning of a route, before anything is read.

        Raises:
            Refusal: 429 for whoever has enough open, 503 where the process has; with Retry-After.
        """
        if self._is_over or len(self._open) >= self._most:
            raise unavailable(_ROOM_AGAIN_S)
        if self._of_one[who] >= self._most_of_one:
            refusal = TOO_MANY_REQUESTS(seconds=_ROOM_AGAIN_S)
            refusal.retry_after_s = _ROOM_AGAIN_S
            raise refusal

    def answer(
        self,
        who: str,
        news: News[K, V],
        telling: AbstractContextManager[None],
        event: Callable[[V], bytes],
    ) -> Stream:
        """Answer with a stream.

        Args:
            who: is counted, see `who`.
            news: with how things are now; filled while `telling` is entered.
            telling: lets the news be told.
            event: makes an event of a state (`as_event`).
        """
        # Not Litestar's ServerSentEvent: it goes through a thread to open, and encodes each event for each reader.
        return Stream(
            self._written(who, news, telling, event), media_type=MEDIA_TYPE, headers=_HEADERS
        )

    def end_all(self) -> None:
        """Let all streams come to their end, and no other begin."""
        self._is_over = True
        for news in self._open:
            news.end()

    async def _written(
        self,
        who: str,
        news: News[K, V],
        telling: AbstractContextManager[None],
        event: Callable[[V], bytes],
    ) -> AsyncIterator[bytes]:
        ends_at = time.monotonic() + random.uniform(*_LASTS_S)  # noqa: S311 - spreads, hides nothing.
        told: dict[K, bytes] = {}
        with self._counted(news, who), telling:
            yield b"retry: %d\n\n" % random.randint(*_COME_BACK_MS)  # noqa: S311 - spreads, hides nothing.
            while not news.is_over and time.monotonic() < ends_at:
                came = await news.next(patience_s=HEARTBEAT_S)
                events = {key: event(state) for key, state in came.items()}
                changed = [each for key, each in events.items() if told.get(key) != each]
                told |= events
                if changed:
                    yield b"".join(changed)
                elif not came and not news.is_over:
                    yield _HEARTBEAT

    @contextmanager
    def _counted(self, news: News[Any, Any], who: str) -> Iterator[None]:
        self._open[news] = who
        self._of_one[who] += 1
        STREAMS_OPEN.inc()
        if self._is_over:
            news.end()
        try:
            yield
        finally:
            del self._open[news]
            self._of_one[who] -= 1
            if not self._of_one[who]:
                del self._of_one[who]
            STREAMS_OPEN.dec()


@asynccontextmanager
async def open_streams(
    stopping: asyncio.Event, *, most: int, most_of_one: int
) -> AsyncIterator[Streams]:
    """Streams that end once the process is asked to: nobody may have to wait for them."""
    streams = Streams(most=most, most_of_one=most_of_one)

    async def end() -> None:
        await stopping.wait()
        streams.end_all()

    ending = asyncio.create_task(end())
    try:
        yield streams
    finally:
        ending.cancel()


def who(request: AnyRequest, caller: Caller | None) -> str:
    """Whom a stream is counted for: an account, or the address of whoever has none."""
    if caller is not None:
        return str(caller.account_id)
    return request.client.host if request.client else ""


def as_event(name: str, data: bytes) -> bytes:
    """One event; JSON has no line ends, which would need a `data:` each."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)
