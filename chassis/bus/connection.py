"""Connecting to the broker: any node of the cluster will do."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError

log = structlog.get_logger()

HEARTBEAT_S = 10
"""A frozen broker is noticed within about half a minute; the default takes minutes."""

CONFIRM_TIMEOUT_S = 5.0
"""A publish that is not confirmed by then is repeated; receivers know it by its id."""

BROKER_TROUBLE: tuple[type[Exception], ...] = (
    AMQPError,
    OSError,
    TimeoutError,
    RuntimeError,  # A channel that is closed.
    StopAsyncIteration,  # The connection ended between two frames of its greeting.
)
"""What aio-pika and aiormq raise while the broker is away."""


class BrokerLost(Exception):
    """The channel or the queue is gone: everything is built up again."""


SESSION_TROUBLE: tuple[type[Exception], ...] = (*BROKER_TROUBLE, BrokerLost)


class Broker:
    """The addresses of the broker's nodes, tried in turn."""

    def __init__(self, urls: str) -> None:
        nodes = [url.strip() for url in urls.split(",") if url.strip()]
        self._nodes = itertools.cycle(nodes)
        self._count = len(nodes)

    def next_url(self) -> str:
        """The address to try next, with our heartbeat."""
        url = next(self._nodes)
        return f"{url}{'&' if '?' in url else '?'}heartbeat={HEARTBEAT_S}"

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AbstractConnection]:
        """A plain connection to the first node that answers.

        Plain, not "robust": on any trouble its owner builds everything up again, which
        keeps what was confirmed and what was acknowledged beyond doubt.
        """
        connection = await self._first_that_answers()
        try:
            yield connection
        finally:
            with contextlib.suppress(*BROKER_TROUBLE, asyncio.CancelledError):
                await asyncio.wait_for(connection.close(), 3)

    async def _first_that_answers(self) -> AbstractConnection:
        for attempt in range(1, self._count + 1):
            try:
                return await aio_pika.connect(self.next_url(), timeout=5)
            except BROKER_TROUBLE:
                if attempt == self._count:
                    raise
        raise AssertionError  # The loop returns or raises.

    async def answers(self) -> bool:
        """Whether a node lets us in within a few seconds."""
        try:
            async with asyncio.timeout(3), self.connect():
                return True
        except BROKER_TROUBLE:
            return False
