"""Hearing again what was told: from the stream that keeps the facts of the last 30 days.

For a service that is new or was rebuilt. What a consumer has claimed before has no second effect.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from chassis.bus.consumers import Consumers
from chassis.bus.topology import STREAM
from contracts.message import split

_SILENCE_S = 3.0
"""A stream has no end; so long without a message means that we have caught up."""
_AT_ONCE = 200


async def replay_stream(channel: AbstractChannel, consumers: Consumers, back: timedelta) -> int:
    """Send every kept fact of the last days to the service's queues that listen to it; how many that were."""
    await channel.set_qos(prefetch_count=_AT_ONCE)
    stream = await channel.get_queue(STREAM)
    heard: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    since = datetime.now(UTC) - back  # The broker's time, which no rehearsal moves.
    tag = await stream.consume(heard.put, arguments={"x-stream-offset": since})
    sent = 0
    try:
        while True:
            message = await asyncio.wait_for(heard.get(), _SILENCE_S)
            for consumer in consumers:
                if message.routing_key in consumer.topics:
                    await channel.default_exchange.publish(
                        _copy(message), consumer.queue, mandatory=True
                    )
                    sent += len(split(message.body))
            await message.ack()
    except TimeoutError:
        return sent
    finally:
        await stream.cancel(tag)


def _copy(message: AbstractIncomingMessage) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        message_id=message.message_id,
        type=message.type,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
