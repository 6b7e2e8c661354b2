"""Consuming one by one with FastStream: for facts that come seldom and need no order."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitMessage, RabbitQueue

from chassis.bus.connection import BROKER_TROUBLE, SESSION_TROUBLE, Broker, BrokerLost
from chassis.bus.consumers import Consumer
from chassis.bus.deliveries import unpack
from chassis.bus.handling import Handling
from chassis.bus.setting_aside import set_aside
from chassis.bus.topology import declare_queue
from chassis.stopping import sleep_or_stop

log = structlog.get_logger()

_SIDE_BY_SIDE = 10
"""Messages of one queue in work at once; FastStream makes a task of each delivery."""
_WATCH_S = 5.0
_GRACE_S = 15.0


@dataclass(frozen=True)
class _Arrived:
    """What FastStream hands to a handler: decoding is left to it, so that one place sets aside what fails."""

    message: AbstractIncomingMessage


class SingleConsumers:
    """Consumes all one-by-one queues of a service over one FastStream broker.

    FastStream reconnects by itself, but always to the same node, and does not notice a queue
    that was deleted under it. So a plain connection beside it watches, and when something is
    gone everything is built up again on the next node.
    """

    def __init__(self, consumers: Sequence[Consumer], broker: Broker, handling: Handling) -> None:
        self._consumers = consumers
        self._broker = broker
        self._handling = handling
        self.listens = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop; come back by itself after any trouble with the broker."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except SESSION_TROUBLE as error:
                log.warning("consumer.interrupted", error=type(error).__name__)
                await sleep_or_stop(1, stop)
            finally:
                self.listens = False

    async def _session(self, stop: asyncio.Event) -> None:
        async with self._broker.connect() as connection:
            beside = await connection.channel(publisher_confirms=True, on_return_raises=True)
            for consumer in self._consumers:
                await declare_queue(beside, consumer)
            faststream = self._build(beside)
            try:
                await faststream.start()
                self.listens = True
                await sleep_or_stop(_WATCH_S, stop)
                while not stop.is_set():
                    await self._watch(beside)
                    await sleep_or_stop(_WATCH_S, stop)
            finally:
                await _stop(faststream)

    def _build(self, beside: AbstractChannel) -> RabbitBroker:
        faststream = RabbitBroker(
            self._broker.next_url(),
            logger=None,
            apply_types=False,
            graceful_timeout=_GRACE_S,
            reconnect_interval=1,
            default_channel=Channel(on_return_raises=True),
        )
        for consumer in self._consumers:
            faststream.subscriber(
                RabbitQueue(
                    consumer.queue, queue_type=QueueType.QUORUM, durable=True, declare=False
                ),
                channel=Channel(prefetch_count=_SIDE_BY_SIDE, on_return_raises=True),
                ack_policy=AckPolicy.REJECT_ON_ERROR,
                decoder=_leave_undecoded,
            )(self._handler(consumer, beside))
        return faststream

    def _handler(
        self, consumer: Consumer, beside: AbstractChannel
    ) -> Callable[[_Arrived], Awaitable[None]]:
        async def handle(arrived: _Arrived) -> None:
            """When this returns, FastStream acknowledges."""
            for delivery in unpack(arrived.message):
                try:
                    envelope = consumer.decode(delivery.body)
                    await self._handling.effect(consumer, [envelope])
                except Exception as error:  # noqa: BLE001 - whatever a handler raises is that fact's trouble.
                    await set_aside(beside, consumer, delivery, error)

        return handle

    async def _watch(self, beside: AbstractChannel) -> None:
        """Ask the broker whether it sees our consumers.

        Raises:
            BrokerLost: it does not.
        """
        async with asyncio.timeout(3):
            for consumer in self._consumers:
                queue = await beside.declare_queue(consumer.queue, passive=True)
                if not queue.declaration_result.consumer_count:
                    raise BrokerLost


async def _leave_undecoded(message: RabbitMessage) -> _Arrived:
    return _Arrived(message.raw_message)


async def _stop(faststream: RabbitBroker) -> None:
    """Cancel first, then let running handlers finish.

    FastStream cancels last and meanwhile drops what the broker still delivers, which costs
    each such message one of its deliveries at every deployment (STACK.md, part 2, section 1).
    The attributes are private: faststream is pinned, and tests/integration/chassis holds this.
    """
    for subscriber in faststream.subscribers:
        tag, queue = subscriber._consumer_tag, subscriber._queue_obj  # type: ignore[attr-defined]  # noqa: SLF001
        if tag is not None and queue is not None:
            with contextlib.suppress(*BROKER_TROUBLE):
                await asyncio.wait_for(queue.cancel(tag), 3)
            subscriber._consumer_tag = None  # type: ignore[attr-defined]  # noqa: SLF001
    with contextlib.suppress(*BROKER_TROUBLE):
        await faststream.stop()
