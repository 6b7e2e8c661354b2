"""What happens to a fact that could not be handled: again after a while, and at last to the dead letters."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractExchange

from chassis.bus.connection import CONFIRM_TIMEOUT_S
from chassis.bus.consumers import Consumer, Malformed
from chassis.bus.deliveries import Delivery
from chassis.bus.topology import RETRY_DELAYS_S, dead_queue, retry_exchange
from chassis.telemetry import FACTS_HANDLED

log = structlog.get_logger()

RETRY_HEADER = "x-portal-retry"
"""How often a fact was put off. Our own: RabbitMQ 4 forgets x-death when a client republishes."""
QUEUE_HEADER = "x-portal-queue"
REASON_HEADER = "x-portal-reason"

_REASON_LENGTH = 500


async def set_aside(
    channel: AbstractChannel, consumer: Consumer, delivery: Delivery, error: Exception
) -> None:
    """Put a fact off, or bury it, in a message of its own; the caller acknowledges afterwards.

    Confirmed before this returns, so a crash in between repeats the message and loses nothing.
    """
    retries = _retries(delivery.message.headers)
    if isinstance(error, Malformed) or retries >= len(RETRY_DELAYS_S):
        reason = str(error) if isinstance(error, Malformed) else f"{type(error).__name__}: {error}"
        await _send_on(
            channel.default_exchange,
            dead_queue(consumer.service),
            delivery,
            {
                QUEUE_HEADER: consumer.queue,
                REASON_HEADER: reason[:_REASON_LENGTH],
                RETRY_HEADER: retries,
            },
        )
        FACTS_HANDLED.labels(consumer.queue, "buried").inc()
        log.error(
            "consumer.buried",
            queue=consumer.queue,
            event_id=delivery.event_id,
            error=type(error).__name__,
        )
        return
    exchange = await channel.get_exchange(retry_exchange(RETRY_DELAYS_S[retries]), ensure=False)
    await _send_on(exchange, consumer.queue, delivery, {RETRY_HEADER: retries + 1})
    FACTS_HANDLED.labels(consumer.queue, "put_off").inc()
    log.warning(
        "consumer.put_off",
        queue=consumer.queue,
        event_id=delivery.event_id,
        delay_s=RETRY_DELAYS_S[retries],
        error=type(error).__name__,
        exc_info=error,
    )


async def _send_on(
    exchange: AbstractExchange,
    routing_key: str,
    delivery: Delivery,
    headers: Mapping[str, Any],
) -> None:
    copy = aio_pika.Message(
        delivery.body,
        message_id=delivery.event_id,
        type=delivery.message.type,
        content_type=delivery.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        timestamp=delivery.message.timestamp or datetime.now(UTC),
        headers=dict(headers),
    )
    async with asyncio.timeout(CONFIRM_TIMEOUT_S):
        await exchange.publish(copy, routing_key, mandatory=True)


def _retries(headers: Mapping[str, Any]) -> int:
    value = headers.get(RETRY_HEADER, 0)
    return value if isinstance(value, int) else 0
