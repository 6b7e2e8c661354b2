"""An ear on the exchange: everything that was told, in a durable queue of its own, read as it comes."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from aio_pika.abc import AbstractIncomingMessage

from chassis.bus.connection import BROKER_TROUBLE, Broker
from chassis.bus.topology import FACTS_EXCHANGE, STREAM
from contracts.envelope import Envelope
from contracts.fact import Fact
from contracts.message import split
from contracts.registry import FACTS
from tests.support.running import eventually

QUEUE = "chaos.tap"
_SILENCE_S = 3.0
_PATIENCE_S = 300.0
"""With a broker that is down: longer than any fault lasts."""


class _Type(msgspec.Struct):
    type: str


_decoders: dict[str, Any] = {
    topic: msgspec.json.Decoder(Envelope[fact])  # type: ignore[valid-type] # A type made at run time.
    for topic, fact in FACTS.items()
}


@dataclass
class Tap:
    """What was heard, each fact once, and how often each came."""

    facts: dict[UUID, Envelope[Fact]] = field(default_factory=dict)
    bodies: dict[UUID, bytes] = field(default_factory=dict)
    times: Counter[UUID] = field(default_factory=Counter)
    changed: list[UUID] = field(default_factory=list)
    """Told a second time with another content: never."""

    @classmethod
    @asynccontextmanager
    async def open(cls, amqp_url: str) -> AsyncIterator["Tap"]:
        """Bind the queue, and listen until the end, whatever happens to the broker."""
        async with Broker(amqp_url).connect() as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(
                QUEUE, durable=True, arguments={"x-queue-type": "quorum"}
            )
            await queue.bind(FACTS_EXCHANGE, "#")
        tap = cls()
        listening = asyncio.create_task(tap._listen(Broker(amqp_url)))
        try:
            yield tap
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, broker: Broker) -> None:
        while True:
            try:
                await self._session(broker)
            except BROKER_TROUBLE:
                await eventually(broker.answers, patience_s=_PATIENCE_S, poll_s=0.5)

    async def _session(self, broker: Broker) -> None:
        async with broker.connect() as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=500)
            over = asyncio.Event()
            channel.close_callbacks.add(lambda *_: over.set())
            underlay = await channel.get_underlay_channel()
            underlay.on_consumer_cancel_callbacks.add(lambda *_: over.set())
            await (await channel.get_queue(QUEUE)).consume(self._hear)
            await over.wait()

    async def _hear(self, message: AbstractIncomingMessage) -> None:
        for body in split(message.body):
            envelope = read(body)
            if self.bodies.setdefault(envelope.event_id, body) != body:
                self.changed.append(envelope.event_id)
            self.facts.setdefault(envelope.event_id, envelope)
            self.times[envelope.event_id] += 1
        await message.ack()


def read(body: bytes) -> Envelope[Fact]:
    """Read a fact as its consumers do."""
    topic = msgspec.json.decode(body, type=_Type).type
    envelope: Envelope[Fact] = _decoders[topic].decode(body)
    return envelope


async def read_stream(amqp_url: str) -> set[UUID]:
    """The ids of all facts that the stream has kept."""
    async with Broker(amqp_url).connect() as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=500)
        stream = await channel.get_queue(STREAM)
        heard: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await stream.consume(heard.put, arguments={"x-stream-offset": "first"})
        kept: set[UUID] = set()
        while True:
            try:
                message = await asyncio.wait_for(heard.get(), _SILENCE_S)
            except TimeoutError:
                return kept
            kept.update(read(body).event_id for body in split(message.body))
            await message.ack()
