"""Exchanges and queues. Declared before a service starts and again by every worker: it costs nothing.

All arguments behave the same on RabbitMQ 3.10 to 4.x (STACK.md, part 2, section 2):
quorum queues with a delivery limit, dead-lettering at least once, refused publishes
instead of silent drops. Arguments cannot be changed later; a new value needs a new queue name.
"""

from collections.abc import Iterable

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractQueue

from chassis.bus.consumers import Consumer, Consumers
from contracts.registry import FACTS

FACTS_EXCHANGE = "portal.facts"
RETRY_DELAYS_S = (1, 10, 60)
STREAM = "portal.facts.kept"

_DELIVERY_LIMIT = 10
_NO_LIMIT = 1_000_000
"""A dead letter may be looked at often; without a limit RabbitMQ 4 drops it at the 21st time."""
_NEVER_DROP = {"x-overflow": "reject-publish", "x-dead-letter-strategy": "at-least-once"}


def retry_exchange(delay_s: int) -> str:
    """Publish here with a queue's name as routing key: it comes back to that queue after the delay."""
    return f"portal.retry.{delay_s}s"


def dead_queue(service: str) -> str:
    """Where a service's messages end that it could not handle, each with its reason."""
    return f"{service}.dead"


async def declare(channel: AbstractChannel, services: Iterable[Consumers]) -> None:
    """Declare everything that these services publish to and consume from."""
    await channel.declare_exchange(FACTS_EXCHANGE, ExchangeType.TOPIC, durable=True)
    await _declare_stream(channel)
    await _declare_retries(channel)
    for consumers in services:
        for consumer in consumers:
            await declare_queue(channel, consumer)


async def declare_queue(channel: AbstractChannel, consumer: Consumer) -> AbstractQueue:
    """Declare one consumer's queue, and first the one where its dead letters go."""
    dead = dead_queue(consumer.service)
    await channel.declare_queue(
        dead,
        durable=True,
        arguments={"x-queue-type": "quorum", "x-delivery-limit": _NO_LIMIT},
    )
    queue = await channel.declare_queue(
        consumer.queue,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": _DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead,
            **_NEVER_DROP,
        },
    )
    for topic in consumer.topics:
        await queue.bind(FACTS_EXCHANGE, topic)
    return queue


async def _declare_retries(channel: AbstractChannel) -> None:
    for delay_s in RETRY_DELAYS_S:
        name = retry_exchange(delay_s)
        exchange = await channel.declare_exchange(name, ExchangeType.FANOUT, durable=True)
        waiting = await channel.declare_queue(
            name,
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-message-ttl": delay_s * 1000,
                # No routing key of its own: the message keeps the name of the queue it goes back to.
                "x-dead-letter-exchange": "",
                **_NEVER_DROP,
            },
        )
        await waiting.bind(exchange)


async def _declare_stream(channel: AbstractChannel) -> None:
    """Keep the facts of the last 30 days, for services that are new or rebuilt.

    Facts that name people are left out: what is in a stream cannot be erased.
    """
    stream = await channel.declare_queue(
        STREAM,
        durable=True,
        arguments={
            "x-queue-type": "stream",
            "x-max-age": "30D",
            "x-stream-max-segment-size-bytes": 50_000_000,
        },
    )
    for fact in FACTS.values():
        if fact.kept:
            await stream.bind(FACTS_EXCHANGE, fact.topic)
