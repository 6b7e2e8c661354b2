"""What services tell while people watch: server-sent events, read as they come."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Generic, TypeVar
from uuid import UUID

import aiohttp
import msgspec

from clients.portal.api.asking import NO_ANSWER, Asking, Away, Part

T = TypeVar("T")

_SILENCE_S = 45.0
"""Services say something four times a minute; whoever is silent for so long is gone."""
_CONNECTIONS = 2000
"""Of their own: streams that are open for minutes must not keep pages from asking."""


class Upstream(Generic[T]):
    """One stream that has begun."""

    def __init__(self, part: Part, response: aiohttp.ClientResponse, kind: type[T]) -> None:
        self._part = part
        self._response = response
        self._decode = msgspec.json.Decoder(kind).decode

    async def __aiter__(self) -> AsyncIterator[T]:
        """What each event tells, until the service ends it or nobody listens.

        Raises:
            Away: it broke off, or told what cannot be read.
        """
        try:
            async for line in self._response.content:
                if line.startswith(b"data: "):
                    yield self._decode(line.removeprefix(b"data: "))
        except (*NO_ANSWER, ValueError) as error:
            # msgspec's errors are ValueErrors, and so is a line that is too long.
            raise Away(self._part, type(error).__name__) from error
        finally:
            self.close()

    def close(self) -> None:
        """Hang up."""
        self._response.close()


@asynccontextmanager
async def open_stream_client() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections for streams."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_read=_SILENCE_S),
    ) as http:
        yield http


async def open_stream(
    ask: Asking,
    http: aiohttp.ClientSession,
    part: Part,
    path: str,
    ids: Collection[UUID],
    kind: type[T],
) -> Upstream[T]:
    """Begin to listen to what becomes of some things. Whoever gets it reads it or closes it.

    Raises:
        Away, Refused, LoginNeeded: as for every question.
    """
    response = await ask.listen(http, part, path, ids=[str(each) for each in ids])
    return Upstream(part, response, kind)
