"""What an operator does about messages that could not be handled: look, send again, throw away."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aio_pika
import msgspec
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from chassis.bus.deliveries import unpack
from chassis.bus.setting_aside import QUEUE_HEADER, REASON_HEADER
from chassis.bus.topology import dead_queue
from contracts.registry import FACTS

log = structlog.get_logger()

PERSONAL_DAYS = 30
"""So long a dead letter that may name a person waits for an operator: no longer than a request to be forgotten may
take (GDPR, article 12(3))."""


class DeadLetter(msgspec.Struct, frozen=True):
    """One message and why nobody could handle it."""

    event_id: str
    """Of its fact; of the first, where it holds several."""
    facts: int
    """More than one only where the broker took a message away whose consumer crashed again and again."""
    topic: str
    queue: str
    reason: str


async def list_dead_letters(channel: AbstractChannel, service: str) -> list[DeadLetter]:
    """All dead letters of a service; they stay where they are."""
    return [_describe(message) async for message in _taken(channel, service)]


async def replay(channel: AbstractChannel, service: str, event_id: str | None = None) -> int:
    """Send dead letters (or the one with this id) to their queues again and return how many."""
    return await _remove(channel, service, event_id, again=True)


async def discard(channel: AbstractChannel, service: str, event_id: str) -> int:
    """Throw one dead letter away and return how many there were."""
    return await _remove(channel, service, event_id, again=False)


async def forget_personal(channel: AbstractChannel, service: str, *, now: datetime) -> int:
    """Throw away dead letters that may name a person and that nobody looked after in time; returns how many.

    Those are the facts that no stream keeps, and what cannot be read at all. Others wait for good.
    """
    forgotten = 0
    async for message in _taken(channel, service):
        told = _read(message)
        told_at = message.timestamp or told.time
        if told.may_name_somebody and told_at <= now - timedelta(days=PERSONAL_DAYS):
            log.error(
                "dead_letters.forgotten",
                queue=_describe(message).queue,
                event_id=message.message_id,
            )
            await message.ack()
            forgotten += 1
    return forgotten


class _Told(msgspec.Struct):
    """What a fact is and when it was told; what cannot be read is as old as can be."""

    time: datetime = datetime.min.replace(tzinfo=UTC)
    type: str = ""

    @property
    def may_name_somebody(self) -> bool:
        """Whether no stream keeps it, or nobody can tell."""
        fact = FACTS.get(self.type)
        return fact is None or not fact.kept


def _read(message: AbstractIncomingMessage) -> _Told:
    try:
        return msgspec.json.decode(unpack(message)[0].body, type=_Told)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Told()


async def _remove(
    channel: AbstractChannel, service: str, event_id: str | None, *, again: bool
) -> int:
    done = 0
    async for message in _taken(channel, service):
        if event_id is not None and message.message_id != event_id:
            continue
        letter = _describe(message)
        if again:
            copy = aio_pika.Message(
                message.body,
                message_id=message.message_id,
                type=message.type,
                content_type=message.content_type,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            )
            await channel.default_exchange.publish(copy, letter.queue, mandatory=True)
        await message.ack()
        done += 1
    return done


async def _taken(channel: AbstractChannel, service: str) -> AsyncIterator[AbstractIncomingMessage]:
    """Every dead letter once; what is not acknowledged goes back at the end, in its order."""
    queue = await channel.get_queue(dead_queue(service))
    kept: list[AbstractIncomingMessage] = []
    try:
        while (message := await queue.get(fail=False)) is not None:
            yield message
            if not message.processed:
                kept.append(message)
    finally:
        for message in kept:
            await message.reject(requeue=True)


def _describe(message: AbstractIncomingMessage) -> DeadLetter:
    return DeadLetter(
        event_id=message.message_id or "",
        facts=len(unpack(message)),
        topic=message.type or "",
        queue=str(message.headers.get(QUEUE_HEADER) or _original_queue(message)),
        reason=str(message.headers.get(REASON_HEADER) or "delivered too often without an answer"),
    )


def _original_queue(message: AbstractIncomingMessage) -> str:
    """Where the broker itself took it from, for a message whose consumer crashed again and again."""
    return str(message.headers.get("x-first-death-queue", ""))
