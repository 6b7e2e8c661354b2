"""Consuming in ordered batches: many facts, one transaction, one acknowledgement.

About five times less work per fact than one by one, and order by construction. On any
trouble with the channel everything is built up again and the buffer is dropped: delivery
tags of an old channel must never be acknowledged on a new one.
"""

import asyncio

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from chassis.bus.connection import SESSION_TROUBLE, Broker, BrokerLost
from chassis.bus.consumers import Consumer, Malformed
from chassis.bus.deliveries import Delivery, unpack
from chassis.bus.handling import Handling
from chassis.bus.setting_aside import set_aside
from chassis.bus.topology import declare_queue
from chassis.stopping import sleep_or_stop
from contracts.envelope import Envelope
from contracts.fact import Fact

log = structlog.get_logger()

_SIZE = 200
"""Facts in one transaction; somewhat more where the last message brings many."""
_MESSAGES_AHEAD = 100
"""What the broker may send before it is acknowledged: in a burst each message brings up to 100 facts."""
_LINGER_S = 0.005
"""How long a batch waits for more. Facts come in bursts; a lone one is hardly delayed."""


class BatchConsumer:
    """Consumes one queue for as long as it runs."""

    def __init__(self, consumer: Consumer, broker: Broker, handling: Handling) -> None:
        self._consumer = consumer
        self._broker = broker
        self._handling = handling
        self.listens = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop; come back by itself after any trouble with the broker."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except SESSION_TROUBLE as error:
                log.warning(
                    "consumer.interrupted", queue=self._consumer.queue, error=type(error).__name__
                )
                await sleep_or_stop(1, stop)
            finally:
                self.listens = False

    async def _session(self, stop: asyncio.Event) -> None:
        async with self._broker.connect() as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.set_qos(prefetch_count=_MESSAGES_AHEAD)
            queue = await declare_queue(channel, self._consumer)
            buffer: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()

            def interrupt(*_: object) -> None:
                buffer.put_nowait(None)

            channel.close_callbacks.add(interrupt)
            underlay = await channel.get_underlay_channel()
            underlay.on_consumer_cancel_callbacks.add(interrupt)
            stopping = asyncio.create_task(stop.wait())
            stopping.add_done_callback(interrupt)
            try:
                tag = await queue.consume(buffer.put)
                self.listens = True
                await self._consume(channel, queue, tag, buffer, stop)
            finally:
                stopping.cancel()

    async def _consume(
        self,
        channel: AbstractChannel,
        queue: AbstractQueue,
        tag: str,
        buffer: "asyncio.Queue[AbstractIncomingMessage | None]",
        stop: asyncio.Event,
    ) -> None:
        """Work until interrupted. When stopping: take no more, finish what was taken, acknowledge, go."""
        while (first := await buffer.get()) is not None:
            await self._handle(channel, await _fill(first, buffer))
        if not stop.is_set():
            raise BrokerLost
        await queue.cancel(tag)
        while not buffer.empty():
            if (first := buffer.get_nowait()) is not None:
                await self._handle(channel, await _fill(first, buffer, linger_s=0))

    async def _handle(self, channel: AbstractChannel, deliveries: list[Delivery]) -> None:
        envelopes: list[Envelope[Fact]] = []
        sound: list[Delivery] = []
        for delivery in deliveries:
            try:
                envelopes.append(self._consumer.decode(delivery.body))
                sound.append(delivery)
            except Malformed as error:
                await set_aside(channel, self._consumer, delivery, error)
        if envelopes:
            await self._effect(channel, sound, envelopes)
        await deliveries[-1].message.ack(multiple=True)

    async def _effect(
        self,
        channel: AbstractChannel,
        deliveries: list[Delivery],
        envelopes: list[Envelope[Fact]],
    ) -> None:
        """All at once; if that fails, one by one, so that a single bad fact holds nobody up."""
        try:
            await self._handling.effect(self._consumer, envelopes)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is that fact's trouble.
            if len(envelopes) == 1:
                await set_aside(channel, self._consumer, deliveries[0], error)
                return
            for delivery, envelope in zip(deliveries, envelopes, strict=True):
                await self._effect(channel, [delivery], [envelope])


async def _fill(
    first: AbstractIncomingMessage,
    buffer: "asyncio.Queue[AbstractIncomingMessage | None]",
    linger_s: float = _LINGER_S,
) -> list[Delivery]:
    """Take what is there, up to a batch, waiting a moment for more."""
    deliveries = unpack(first)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + linger_s
    while len(deliveries) < _SIZE:
        if buffer.empty():
            left = deadline - loop.time()
            if left <= 0:
                break
            try:
                message = await asyncio.wait_for(buffer.get(), left)
            except TimeoutError:
                break
        else:
            message = buffer.get_nowait()
        if message is None:
            buffer.put_nowait(None)  # The interruption is for the caller.
            break
        deliveries += unpack(message)
    return deliveries
