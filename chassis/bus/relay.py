"""The relay: publishes what the outbox holds, in order per aggregate, and deletes what the broker confirmed.

One relay per service leads (an advisory lock on its own connection); others stand by. It
publishes persistent and mandatory with many confirms in flight. A crash between confirm and
delete publishes again: consumers know a fact by its id.
"""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import asyncpg
import structlog
from aio_pika import DeliveryMode
from aio_pika.exceptions import PublishError
from aiormq.channel import Channel
from pamqp.commands import Basic

from chassis.bus.connection import BROKER_TROUBLE, CONFIRM_TIMEOUT_S, Broker, sleep_or_stop
from chassis.bus.topology import FACTS_EXCHANGE
from chassis.database import AWAY, NOTICE_THE_DEAD
from chassis.telemetry import FACTS_PUBLISHED, OUTBOX_AGE_SECONDS, OUTBOX_PARKED, OUTBOX_ROWS
from contracts.envelope import CONTENT_TYPE

log = structlog.get_logger()

_TROUBLE: tuple[type[Exception], ...] = (*BROKER_TROUBLE, *AWAY, asyncpg.PostgresError)
_BATCH = 500
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


WAKE_CHANNEL = "outbox"


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
    for row in published.unroutable:
        log.error("relay.fact_parked", event_id=str(row["event_id"]), topic=row["topic"])
        await database.execute(
            "UPDATE outbox SET parked_at = now(), parked_why = $2 WHERE id = $1",
            row["id"],
            f"no queue is bound to {row['topic']}",
        )
    if published.troubles:
        raise published.troubles[0]
    return len(waiting)


@dataclass
class _Published:
    """What became of a batch."""

    confirmed: list[asyncpg.Record] = field(default_factory=list)
    unroutable: list[asyncpg.Record] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)


async def _publish(waiting: list[asyncpg.Record], channel: Channel) -> _Published:
    """Publish side by side, but one after the other within an aggregate.

    Nothing waits until a message has left the socket, so that many leave together. What
    counts is the broker's confirm.
    """
    by_key: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in waiting:
        by_key[row["key"]].append(row)
    published = _Published()

    async def in_order(rows: list[asyncpg.Record]) -> None:
        for row in rows:
            try:
                async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                    await channel.basic_publish(
                        row["body"],
                        exchange=FACTS_EXCHANGE,
                        routing_key=row["topic"],
                        properties=_properties(row),
                        mandatory=True,
                        wait=False,
                    )
            except PublishError:
                published.unroutable.append(row)
            except BROKER_TROUBLE as error:  # A nack is among them.
                published.troubles.append(error)
                return  # What comes after it in this aggregate waits with it.
            else:
                published.confirmed.append(row)

    await asyncio.gather(*map(in_order, by_key.values()))
    return published


def _properties(row: asyncpg.Record) -> Basic.Properties:
    return Basic.Properties(
        message_id=str(row["event_id"]),
        message_type=row["topic"],
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
    )


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
