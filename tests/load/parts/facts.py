"""facts: from the commit in one service to the committed effect in another.

Enrolment's `PlacesTaken`, which the catalogue's `count_places` writes into `occupation`: the fact
that opening day tells most often. It is committed as services commit facts: by the chassis' own
`tell` in a transaction of enrolment's database, with the chassis' own wake-up of the relay. From
there on everything is the system's: relay, broker with confirms, consumer, inbox, effect.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg

from chassis.database import Database, open_database
from chassis.outbox import tell
from chassis.waking import wake_relay
from contracts.enrolment import PlacesTaken
from tests.load.bench import Bench
from tests.load.lab import Lab, until
from tests.load.loops import evenly, undisturbed
from tests.load.percentiles import percentile

_CALM_RATE, _CALM_S, _WARM_UP_S = 200, 10.0, 2.0
_BATCH = 50
"""Facts in one transaction, where as many as possible are wanted: as a decided batch tells them."""
_ON_THEIR_WAY = 2_000
"""More than this many are never on their way at once: what is counted is sustained."""
_SUSTAINED_S = 10.0
_COUNT_EVERY_S = 0.1
_CHANNEL = "bench"
_SAY_COMMITTED = f"""
    CREATE FUNCTION say_committed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('{_CHANNEL}', NEW.offering_id::text);
        RETURN NULL;
    END $$;
    CREATE TRIGGER say_committed AFTER INSERT ON occupation
        FOR EACH ROW EXECUTE FUNCTION say_committed();
    """
_SAY_NOTHING = "DROP TRIGGER say_committed ON occupation; DROP FUNCTION say_committed"


async def facts(bench: Bench) -> None:
    """First 200 a second, each timed; then as many as the system can take."""
    async with bench.laboratory() as lab, _telling(lab) as db:
        await _time_each(bench, lab, db)
        await _sustain(bench, lab, db)


@asynccontextmanager
async def _telling(lab: Lab) -> AsyncIterator[Database]:
    """Enrolment's database with the wake-up of its relay, as one of its processes has them."""
    stop = asyncio.Event()
    async with open_database(lab.databases["enrolment"], name="bench", pool_size=4) as db:
        waking = asyncio.create_task(wake_relay(db, stop))
        yield db
        waking.cancel()


async def _time_each(bench: Bench, lab: Lab, db: Database) -> None:
    """One fact a transaction, at an even rate.

    Both instants are of this process' clock. The first is right before the transaction begins, so
    the commit itself is counted too. The second is when PostgreSQL says that the effect has been
    committed: by a notification, which leaves the server only then.
    """
    begun: dict[str, float] = {}
    took_s: list[float] = []

    def note(*heard: object) -> None:
        if (began := begun.get(str(heard[-1]))) is not None:  # Others tell of their offerings too.
            took_s.append(perf_counter() - began)

    async def commit(offering_id: UUID) -> None:
        begun[str(offering_id)] = perf_counter()
        await _commit(db, [_fact(offering_id, 1)])

    async with lab.connected("catalogue") as watched:
        await watched.execute(_SAY_COMMITTED)
        await watched.add_listener(_CHANNEL, note)
        for seconds in (_WARM_UP_S, _CALM_S):
            took_s.clear()
            with undisturbed():
                async with asyncio.TaskGroup() as committing:
                    async for _ in evenly(_CALM_RATE, seconds):
                        committing.create_task(commit(uuid4()))

                async def all_heard(expected: int = int(_CALM_RATE * seconds)) -> bool:
                    return len(took_s) == expected

                await until(all_heard)
        await watched.remove_listener(_CHANNEL, note)
        await watched.execute(_SAY_NOTHING)
    bench.found("facts.p99_ms_at_200", percentile(took_s, 99) * 1000, "ms")
    bench.found("facts.p50_ms_at_200", percentile(took_s, 50) * 1000, "ms")


async def _sustain(bench: Bench, lab: Lab, db: Database) -> None:
    """Commit as fast as effects follow, and count effects."""
    offerings = [uuid4() for _ in range(_BATCH * 20)]
    versions: Iterator[int] = count(1)
    told = 0
    async with lab.connected("catalogue") as watched:
        before = await _effects(watched)

        async def commit_batches(until_at: float) -> None:
            nonlocal told
            at = 0
            while perf_counter() < until_at:
                if told - effects > _ON_THEIR_WAY:
                    await asyncio.sleep(_COUNT_EVERY_S / 10)
                    continue
                version = next(versions)
                batch = offerings[at : at + _BATCH]
                at = (at + _BATCH) % len(offerings)
                await _commit(db, [_fact(offering_id, version) for offering_id in batch])
                told += len(batch)

        effects, used_before, began = 0, lab.cpu_seconds(), perf_counter()
        committing = asyncio.create_task(commit_batches(began + _SUSTAINED_S))
        while not committing.done():
            await asyncio.sleep(_COUNT_EVERY_S)
            effects = await _effects(watched) - before
        took_s = perf_counter() - began
        await committing
        used = lab.cpu_seconds()
    limit = bench.most_per_s(effects, used_before, used)
    bench.found("facts.per_s", effects / took_s, "/s", limit=limit)
    bench.found_cpu("facts", effects, used_before, used)
    await lab.until_facts_arrived()


async def _commit(db: Database, batch: list[PlacesTaken]) -> None:
    async with db.transaction() as tx:
        await tell(tx, *batch, now=datetime.now(UTC))


async def _effects(catalogue: "asyncpg.Connection[asyncpg.Record]") -> int:
    """How many facts have had their effect: their claims are committed with it."""
    return int(
        await catalogue.fetchval(
            "SELECT count(*) FROM inbox WHERE consumer = 'catalogue.count_places'"
        )
    )


def _fact(offering_id: UUID, version: int) -> PlacesTaken:
    return PlacesTaken(
        offering_id=offering_id, version=version, capacity=1000, taken=version % 1000, waiting=0
    )
