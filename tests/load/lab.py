"""The whole system, freshly started for one measurement, and what a measurement needs around it."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import aio_pika
import asyncpg

from chassis.bus.topology import FACTS_EXCHANGE
from chassis.outbox import outbox_rows
from contracts.catalogue import OfferingPublished
from contracts.fact import Fact
from contracts.message import ALONE
from deploy import services
from deploy.local.system import WORKER, System
from tests.load import machine
from tests.load.client import Fleet, request_bytes
from tests.load.outside import Outside, open_outside
from tests.load.people import ADDRESS_IN_SQL, ID_IN_SQL, ISSUER, Crowd, Person

_POLL_S = 0.05
_QUIET_S = 180.0
_KNOW_PEOPLE = {
    "notification": f"""
        INSERT INTO person (account_id, version, mail_address, name, language)
        SELECT {ID_IN_SQL}, 1, {ADDRESS_IN_SQL}, 'Learner ' || number, 'en'
        FROM generate_series(0, $1::integer - 1) AS number
        """,  # noqa: S608 - of constants of ours.
    "records": f"""
        INSERT INTO person (account_id, version, name, language)
        SELECT {ID_IN_SQL}, 1, 'Learner ' || number, 'en'
        FROM generate_series(0, $1::integer - 1) AS number
        """,  # noqa: S608 - of constants of ours.
}
"""What AccountRegistered leaves behind with those who write to people, for many people at once."""
APART = ("enrolment", "notification", "records")
"""Whose worker has so much to do that it gets a process of its own; the others' works beside their edge."""
LISTEN_TO_OFFERINGS = ("enrolment", "payment", "notification", "records")


@dataclass
class Lab:
    """The system, the world outside, and the people."""

    system: System
    outside: Outside
    crowd: Crowd
    databases: dict[str, str]
    """Address of each service's database."""
    amqp_url: str
    _people: Iterator[Person] = field(default_factory=lambda: iter(()))

    def take(self, count: int) -> list[Person]:
        """People whom no edge has seen yet.

        Raises:
            ValueError: there are not that many left.
        """
        taken = list(islice(self._people, count))
        if len(taken) < count:
            raise ValueError(f"Only {len(taken)} of {count} people are left.")
        return taken

    async def passers_by(self, count: int) -> list[Person]:
        """People for an edge that does not look at tokens; they can still be taken for one that does."""
        return list(await self.crowd.people(count))

    async def invite(self, count: int) -> None:
        """Let this many people have accounts: tokens of their own, known to those who write to them."""
        self._people = await self.crowd.people(count)
        for service, statement in _KNOW_PEOPLE.items():
            async with self.connected(service) as database:
                await database.execute(statement, count)
                await database.execute("ANALYZE person")

    @asynccontextmanager
    async def connected(self, service: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """A connection to a service's database, to seed it and to look whether all is right."""
        database = await asyncpg.connect(self.databases[service])
        try:
            yield database
        finally:
            await database.close()

    async def publish(self, facts: Sequence[Fact]) -> None:
        """Tell facts as their services would."""
        rows = outbox_rows(facts, now=datetime.now(UTC))
        async with await aio_pika.connect(self.amqp_url) as connection:
            exchange = await (await connection.channel()).get_exchange(FACTS_EXCHANGE)
            for topic, body in zip(rows.topics, rows.bodies, strict=True):
                message = aio_pika.Message(
                    body, message_id=str(uuid.uuid4()), type=topic, content_type=ALONE
                )
                await exchange.publish(message, topic)

    async def publish_offerings(self, offerings: Sequence[OfferingPublished]) -> None:
        """Let the catalogue tell offerings, and wait until every service has heard of them."""
        await self.publish(offerings)
        ids = [offering.offering_id for offering in offerings]
        for service in LISTEN_TO_OFFERINGS:
            async with self.connected(service) as database:

                async def known(database: "asyncpg.Connection[asyncpg.Record]" = database) -> bool:
                    count = await database.fetchval(
                        "SELECT count(*) FROM offering WHERE offering_id = ANY($1::uuid[])", ids
                    )
                    return bool(count == len(ids))

                await until(known)

    async def fleet(self, service: str, connections: int) -> Fleet:
        """Connections to the edge of a service."""
        return await Fleet(self.system.addresses.service(service)).open(connections)

    def cpu_seconds(self) -> dict[str, float]:
        """CPU used so far, by process of the system, and by the client."""
        return machine.cpu_seconds(self.processes())

    def memory_mb(self) -> dict[str, float]:
        """Memory in use, by process of the system."""
        return machine.memory_mb(self.processes())

    def processes(self) -> dict[int, str]:
        """Every process of the system, by process id."""
        return machine.processes(
            {child.pid: name for name, child in self.system.children.items() if child.alive}
        )

    async def look_over(self) -> None:
        """Let PostgreSQL look over what has come into its tables, as autovacuum does within a minute.

        On tables that were empty a moment ago it still plans to read them from end to end.
        """
        for service in services.NAMES:
            async with self.connected(service) as database:
                await database.execute("VACUUM (ANALYZE)")

    async def come_to_rest(self) -> None:
        """Let PostgreSQL write to disk what was put in, and end its housekeeping, before anything is measured."""
        server = await asyncpg.connect(f"{self.system.postgres_url}/postgres")
        try:
            await server.execute("CHECKPOINT")

            async def rests() -> bool:
                return not await server.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')"
                )

            await until(rests)
        finally:
            await server.close()

    async def outbox_rows(self, service: str) -> int:
        """How many facts a service still has to tell."""
        async with self.connected(service) as database:
            return int(await database.fetchval("SELECT count(*) FROM outbox"))

    async def waiting_facts(self) -> int:
        """How many facts are still on their way: in outboxes and in queues."""
        waiting = sum(
            await asyncio.gather(*(self.outbox_rows(service) for service in services.NAMES))
        )
        async with await aio_pika.connect(self.amqp_url) as connection:
            channel = await connection.channel()
            for service in services.load_all():
                for consumer in service.consumers:
                    queue = await channel.get_queue(consumer.queue)
                    waiting += queue.declaration_result.message_count or 0
        return waiting

    async def until_facts_arrived(self) -> None:
        """Wait until no fact is on its way any more."""

        async def none_waits() -> bool:
            return await self.waiting_facts() == 0

        await until(none_waits)

    async def until_mails_are_out(self) -> None:
        """Wait until every mail that is due has been handed over."""
        async with self.connected("notification") as database:

            async def none_is_due() -> bool:
                due = await database.fetchval(
                    "SELECT count(*) FROM mail WHERE state IN ('planned', 'sending') AND due_at <= now()"
                )
                return bool(due == 0)

            await until(none_is_due)


@asynccontextmanager
async def laboratory(folder: Path, crowd: Crowd) -> AsyncIterator[Lab]:
    """Start everything anew, durable, every service's edge and worker as processes of their own."""
    shutil.rmtree(folder, ignore_errors=True)
    outside = await open_outside(crowd.public_keys)
    databases: dict[str, str] = {}
    brokers: set[str] = set()

    async def adjust(process: str, settings: dict[str, str]) -> dict[str, str]:
        service = process.removesuffix(WORKER)
        databases[service] = settings["DATABASE_URL"]
        brokers.add(settings["AMQP_URL"].partition(",")[0])
        changed = settings | {"LOG_LEVEL": "warning"}
        if service != "identity":  # It answers for its own tokens.
            changed |= {"ISSUER_URL": ISSUER, "JWKS_URL": outside.keys_url}
        if service == "notification":
            changed["SMTP_PORT"] = str(outside.smtp_port)
        if service == "payment":
            changed["PROVIDER_URL"] = outside.provider_url
        return changed

    system = System(folder, durable=True, apart=APART, adjust=adjust)
    try:
        await system.start()
        yield Lab(system, outside, crowd, databases, brokers.pop())
    finally:
        await system.stop()
        outside.close()


async def until(holds: Callable[[], Awaitable[bool]], timeout_s: float = _QUIET_S) -> None:
    """Ask again until it is so.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(timeout_s):
        while not await holds():  # noqa: ASYNC110 - it is not ours to set an Event.
            await asyncio.sleep(_POLL_S)


def enrolment_requests(
    people: Iterable[Person], offerings: Sequence[OfferingPublished]
) -> list[bytes]:
    """Everybody asks for a place, the offerings in turn."""
    return [
        request_bytes(
            "POST",
            "/v1/enrolments",
            {
                "Authorization": f"Bearer {person.token}",
                "Idempotency-Key": f"{person.account_id}",
            },
            b'{"offering_id":"%b","accepted_policy_version":%d,"accepted_terms_version":%d}'
            % (
                str(offering.offering_id).encode(),
                offering.policy.version,
                offering.terms.version,
            ),
        )
        for person, offering in zip(people, _in_turn(offerings), strict=False)
    ]


def _in_turn(offerings: Sequence[OfferingPublished]) -> Iterator[OfferingPublished]:
    while True:
        yield from offerings
