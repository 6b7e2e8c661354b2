"""The relay: publishes what the outbox holds, in order per aggregate, and deletes what the broker confirmed.

One relay per service leads (an advisory lock on its own connection); others stand by. It
publishes persistent and mandatory with many confirms in flight; what waits together and has
one topic travels in one message, since most of what a fact costs on its way is per message.
A crash between confirm and delete publishes again: consumers know a fact by its id.
"""

import asyncio
import contextlib
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import asyncpg
import structlog
from aio_pika import DeliveryMode
from aio_pika.exceptions import PublishError
from aiormq.channel import Channel
from pamqp.commands import Basic

from chassis.bus.connection import BROKER_TROUBLE, CONFIRM_TIMEOUT_S, Broker
from chassis.bus.topology import FACTS_EXCHANGE
from chassis.database import AWAY, NOTICE_THE_DEAD
from chassis.stopping import sleep_or_stop
from chassis.telemetry import FACTS_PUBLISHED, OUTBOX_AGE_SECONDS, OUTBOX_PARKED, OUTBOX_ROWS
from chassis.waking import WAKE_CHANNEL
from contracts.message import join

log = structlog.get_logger()

_TROUBLE: tuple[type[Exception], ...] = (*BROKER_TROUBLE, *AWAY, asyncpg.PostgresError)
_BATCH = 500
_TOGETHER = 100
"""Facts in one message, at most."""
_TOGETHER_BYTES = 250_000
"""A message is no larger, unless by a single fact: a consumer reads four times as much."""
_POLL_S = 0.5
"""The net below the wake-up by NOTIFY."""
_STANDBY_S = 1.0
_MEASURE_S = 5.0


class Relay:
    """Publishes one service's outbox for as long as it runs."""

    def __init__(self, database_url: str, broker: Broker) -> None:
        self._database_url = database_url
        self._broker = broker
        self.leads = False
        """Whether this relay holds the lock and has both its connections."""

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until told to stop; come back by itself after any trouble with either side."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except _TROUBLE as error:
                log.warning("relay.interrupted", error=type(error).__name__)
                await sleep_or_stop(1, stop)
            finally:
                self.leads = False

    async def _session(self, stop: asyncio.Event) -> None:
        async with self._lead(stop) as database:
            if database is None:
                return
            wake = asyncio.Event()
            await database.add_listener(WAKE_CHANNEL, lambda *_: wake.set())
            async with self._broker.connect() as connection:
                opened = await connection.channel(publisher_confirms=True, on_return_raises=True)
                channel = cast("Channel", await opened.get_underlay_channel())
                self.leads = True
                log.info("relay.leads")
                measured_at = 0.0
                while not stop.is_set():
                    wake.clear()
                    taken = await relay_once(database, channel)
                    if (now := asyncio.get_running_loop().time()) - measured_at > _MEASURE_S:
                        measured_at = now
                        await _measure(database)
                    if taken < _BATCH:
                        await _until(wake, stop, _POLL_S)
                await relay_once(database, channel)  # What the last transactions told.

    @asynccontextmanager
    async def _lead(
        self, stop: asyncio.Event
    ) -> AsyncIterator["asyncpg.Connection[asyncpg.Record] | None"]:
        """Hold the leader's lock on a connection of its own, which must not be a pooled one."""
        database: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._database_url,
            command_timeout=10,
            server_settings={"application_name": "relay", **NOTICE_THE_DEAD},
        )
        try:
            while not await database.fetchval(
                "SELECT pg_try_advisory_lock(hashtext('outbox.relay'))"
            ):
                await sleep_or_stop(_STANDBY_S, stop)
                if stop.is_set():
                    yield None
                    return
            yield database
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(database.close(), 2)


async def relay_once(database: "asyncpg.Connection[asyncpg.Record]", channel: Channel) -> int:
    """Publish what waits, up to a batch, and return how much that was.

    Raises:
        Exception: the first trouble with the broker, after everything confirmed was deleted.
    """
    waiting = await database.fetch(
        """
        SELECT id, event_id, topic, key, body FROM outbox
        WHERE parked_at IS NULL ORDER BY id LIMIT $1
        """,
        _BATCH,
    )
    if not waiting:
        return 0
    published = await _publish(waiting, channel)
    if published.confirmed:
        await database.execute(
            "DELETE FROM outbox WHERE id = ANY($1::bigint[])",
            [row["id"] for row in published.confirmed],
        )
        for topic, count in Counter(row["topic"] for row in published.confirmed).items():
            FACTS_PUBLISHED.labels(topic).inc(count)
    if published.unroutable:
        await _park(database, published.unroutable)
    if published.troubles:
        raise published.troubles[0]
    return len(waiting)


async def _park(
    database: "asyncpg.Connection[asyncpg.Record]", rows: Sequence[asyncpg.Record]
) -> None:
    """Put aside what no queue takes, so that it stops nobody; an operator sees it."""
    for row in rows:
        log.error("relay.fact_parked", event_id=str(row["event_id"]), topic=row["topic"])
    await database.execute(
        """
        UPDATE outbox SET parked_at = now(), parked_why = 'no queue is bound to ' || topic
        WHERE id = ANY($1::bigint[])
        """,
        [row["id"] for row in rows],
    )


class _Message:
    """Facts of one topic that travel together."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.rows: list[asyncpg.Record] = []
        self._size = 0

    def has_room_for(self, row: asyncpg.Record) -> bool:
        if not self.rows:
            return True
        return len(self.rows) < _TOGETHER and self._size + len(row["body"]) <= _TOGETHER_BYTES

    def add(self, row: asyncpg.Record) -> None:
        self.rows.append(row)
        self._size += len(row["body"])


@dataclass
class _Published:
    """What became of a batch."""

    confirmed: list[asyncpg.Record] = field(default_factory=list)
    unroutable: list[asyncpg.Record] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)


async def _publish(waiting: Iterable[asyncpg.Record], channel: Channel) -> _Published:
    """Publish in rounds, so that no aggregate has facts in two messages at once.

    What comes after trouble in its aggregate waits with it for the next time.
    """
    by_key: dict[str, deque[asyncpg.Record]] = defaultdict(deque)
    for row in waiting:
        by_key[row["key"]].append(row)
    published = _Published()
    while by_key:
        messages = _next_round(by_key.values())
        are_out = await asyncio.gather(*(_send(each, channel, published) for each in messages))
        stuck = {
            row["key"]
            for message, is_out in zip(messages, are_out, strict=True)
            if not is_out
            for row in message.rows
        }
        by_key = {key: rows for key, rows in by_key.items() if rows and key not in stuck}
    return published


def _next_round(aggregates: Iterable[deque[asyncpg.Record]]) -> list[_Message]:
    """Take from each aggregate the first fact, and those right behind it that may travel with it."""
    messages: list[_Message] = []
    open_by_topic: dict[str, _Message] = {}
    for rows in aggregates:
        topic = rows[0]["topic"]
        message = open_by_topic.get(topic)
        if message is None or not message.has_room_for(rows[0]):
            message = open_by_topic[topic] = _Message(topic)
            messages.append(message)
        while rows and rows[0]["topic"] == topic and message.has_room_for(rows[0]):
            message.add(rows.popleft())
    return messages


async def _send(message: _Message, channel: Channel, published: _Published) -> bool:
    """Publish one message, note what became of its facts, and say whether what comes after them may go.

    Nothing waits until a message has left the socket, so that many leave together. What
    counts is the broker's confirm.
    """
    body, content_type = join([row["body"] for row in message.rows])
    try:
        async with asyncio.timeout(CONFIRM_TIMEOUT_S):
            await channel.basic_publish(
                body,
                exchange=FACTS_EXCHANGE,
                routing_key=message.topic,
                properties=Basic.Properties(
                    message_id=str(message.rows[0]["event_id"]),
                    message_type=message.topic,
                    content_type=content_type,
                    delivery_mode=DeliveryMode.PERSISTENT,
                ),
                mandatory=True,
                wait=False,
            )
    except PublishError:
        published.unroutable.extend(message.rows)
    except BROKER_TROUBLE as error:  # A nack is among them.
        published.troubles.append(error)
        return False
    else:
        published.confirmed.extend(message.rows)
    return True


async def _until(wake: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    woken = asyncio.create_task(wake.wait())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({woken, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    woken.cancel()
    stopped.cancel()


async def _measure(database: "asyncpg.Connection[asyncpg.Record]") -> None:
    row = await database.fetchrow(
        """
        SELECT count(*) FILTER (WHERE parked_at IS NULL) AS waiting,
               count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked,
               coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE parked_at IS NULL)), 0) AS age
        FROM outbox
        """
    )
    if row is not None:
        OUTBOX_ROWS.set(row["waiting"])
        OUTBOX_PARKED.set(row["parked"])
        OUTBOX_AGE_SECONDS.set(float(row["age"]))
