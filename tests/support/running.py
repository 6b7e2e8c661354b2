"""A service under test: its edge, and its worker on the real broker, in the test's own event loop."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import aio_pika
import asyncpg
import httpx
import msgspec
from aio_pika.abc import AbstractChannel

from chassis.bus.topology import FACTS_EXCHANGE, dead_queue, declare
from chassis.health import Health
from chassis.http.app import build_edge
from chassis.ids import new_id
from chassis.outbox import outbox_rows
from chassis.service import Service, opened
from chassis.settings import Secret
from chassis.waking import wake_relay
from chassis.worker import Worker
from contracts.envelope import Envelope
from contracts.fact import Fact
from contracts.message import ALONE, split
from contracts.registry import FACTS
from tests.support.people import ISSUER, StagedClock, bearer, gatekeeper
from tests.support.servers import Templates

PATIENCE_S = 20.0
POLL_S = 0.01
F = TypeVar("F", bound=Fact)
T = TypeVar("T")


async def eventually(
    ask: Callable[[], Awaitable[T]],
    is_so: Callable[[T], bool] = bool,
    *,
    patience_s: float = PATIENCE_S,
    poll_s: float = POLL_S,
) -> T:
    """Ask again until it is so, and return the answer; for what can only be seen from outside.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(patience_s):
        while not is_so(answer := await ask()):  # noqa: ASYNC110 - it is not ours to set an Event.
            await asyncio.sleep(poll_s)
    return answer


@dataclass
class Told:
    """Every fact that the service has told since it started, in order of arrival."""

    envelopes: list[Envelope[Fact]] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, body: bytes) -> None:
        topic = msgspec.json.decode(body)["type"]
        kind: Any = Envelope[FACTS[topic]]  # type: ignore[valid-type] # A type made at run time.
        async with self._arrived:
            self.envelopes.append(msgspec.json.decode(body, type=kind))
            self._arrived.notify_all()

    def of(self, kind: type[F]) -> list[F]:
        """The bodies of all facts of this kind so far."""
        return [each.body for each in self.envelopes if isinstance(each.body, kind)]

    async def wait_for(self, kind: type[F], count: int = 1) -> F:
        """Wait until this many facts of a kind have been told, and return the last of them."""
        async with asyncio.timeout(PATIENCE_S), self._arrived:
            await self._arrived.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]


@dataclass
class Running:
    """One service, running."""

    service: Service[Any]
    parts: Any
    http: httpx.AsyncClient
    clock: StagedClock
    told: Told
    channel: AbstractChannel
    worker: Worker

    async def deliver(
        self,
        *facts: Fact,
        event_id: UUID | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Publish facts as their services would. Give an id to deliver one twice."""
        rows = outbox_rows(facts, now=occurred_at or self.clock.now())
        exchange = await self.channel.get_exchange(FACTS_EXCHANGE)
        for topic, body in zip(rows.topics, rows.bodies, strict=True):
            if event_id is not None:
                body = msgspec.json.encode(msgspec.json.decode(body) | {"id": str(event_id)})  # noqa: PLW2901
            message = aio_pika.Message(
                body,
                message_id=str(event_id or uuid.uuid4()),
                type=topic,
                content_type=ALONE,
            )
            await exchange.publish(message, topic)

    async def deliver_raw(self, queue: str, body: bytes) -> None:
        """Put any bytes into a queue."""
        await self.channel.default_exchange.publish(
            aio_pika.Message(body, message_id=str(new_id())), queue
        )

    async def handled(self, consumer: str, count: int = 1) -> None:
        """Wait until a consumer has claimed this many facts."""

        async def claims() -> int:
            return int(
                await self.fetchval("SELECT count(*) FROM inbox WHERE consumer = $1", consumer)
            )

        await eventually(claims, lambda claimed: claimed >= count)

    async def fetchval(self, statement: str, *arguments: object) -> Any:
        async with self.parts.db.reading() as connection:
            return await connection.fetchval(statement, *arguments)

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        async with self.parts.db.reading() as connection:
            return list(await connection.fetch(statement, *arguments))

    async def get(
        self, path: str, person: UUID | None = None, *roles: str, **options: Any
    ) -> httpx.Response:
        return await self.http.get(path, headers=self._headers(person, roles, options), **options)

    async def post(
        self,
        path: str,
        body: Any,
        person: UUID | None = None,
        *roles: str,
        key: str | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Post with a fresh Idempotency-Key, or with this one."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex} | self._headers(
            person, roles, options
        )
        return await self.http.post(path, json=body, headers=headers, **options)

    async def put(
        self, path: str, body: Any, person: UUID | None = None, *roles: str, **options: Any
    ) -> httpx.Response:
        headers = self._headers(person, roles, options)
        return await self.http.put(path, json=body, headers=headers, **options)

    def _headers(
        self, person: UUID | None, roles: tuple[str, ...], options: dict[str, Any]
    ) -> dict[str, str]:
        affiliation = options.pop("affiliation", "guest")
        given: dict[str, str] = options.pop("headers", {})
        return (bearer(person, *roles, affiliation=affiliation) if person else {}) | given


@asynccontextmanager
async def running(
    service: Service[Any],
    *,
    templates: Templates,
    amqp_url: str,
    worker: bool = True,
    service_amqp_url: str | None = None,
    service_database_url: str | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    """Run a service on a fresh database, with empty queues.

    Args:
        service: what is run.
        templates: of databases.
        amqp_url: how the test itself reaches the broker.
        worker: whether its worker runs too.
        service_amqp_url: how the service reaches the broker, if in another way.
        service_database_url: a database that was made already, if in another way.
        settings: replace some of the service's settings.
    """
    async with templates.database(service.name, service.migrations) as database_url:
        given = {
            "database_url": Secret(service_database_url or database_url),
            "amqp_url": Secret(service_amqp_url or amqp_url),
            "issuer_url": ISSUER,
            "jwks_url": f"{ISSUER}/jwks",
            "http_port": 0,
            "public_url": f"http://{service.name}.test",
            "portal_url": "http://portal.test",
            **settings,
        }
        clock = StagedClock()
        async with (
            opened(service, service.settings(**given), clock) as parts,
            await aio_pika.connect(amqp_url) as connection,
        ):
            channel = await connection.channel()
            told = await _listen(service, channel)
            keeper = service.gatekeeper(parts) if service.gatekeeper else gatekeeper(clock)
            edge = build_edge(
                service.name, service.routes, parts, health=Health(), gatekeeper=keeper
            )
            transport = httpx.ASGITransport(edge, raise_app_exceptions=False)  # type: ignore[arg-type] # Litestar's types.
            async with httpx.AsyncClient(
                transport=transport, base_url=f"http://{service.name}.test"
            ) as http:
                working = Worker(service, parts)
                async with _at_work(working, parts, worker):
                    yield Running(service, parts, http, clock, told, channel, working)


async def _listen(service: Service[Any], channel: AbstractChannel) -> Told:
    """Empty the service's queues of what former tests left, and hear what it tells from now on."""
    await declare(channel, [service.consumers])
    queues = [each.queue for each in service.consumers]
    for name in (*queues, dead_queue(service.name)) if queues else ():
        await (await channel.get_queue(name)).purge()
    told = Told()
    ear = await channel.declare_queue(exclusive=True)
    await ear.bind(FACTS_EXCHANGE, f"{service.name}.#")

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        for body in split(message.body):
            await told.take(body)

    await ear.consume(hear, no_ack=True)
    return told


@asynccontextmanager
async def _at_work(worker: Worker, parts: Any, wanted: bool) -> AsyncIterator[None]:
    if not wanted:
        yield
        return
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(stop))
    waking = asyncio.create_task(wake_relay(parts.db, stop))

    async def is_ready() -> bool:
        if working.done():
            working.result()
        return worker.relay.leads and await worker.listens()

    try:
        await eventually(is_ready)
        yield
    finally:
        stop.set()
        waking.cancel()
        await working
