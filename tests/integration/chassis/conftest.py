"""A service of our own, to try the chassis with: it writes down what reaches it, and fails when told to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from chassis.bus.consumers import Consumers
from chassis.database import Connection
from chassis.http.access import ANYONE, SIGNED_IN, Caller, only
from chassis.http.idempotency import answer_once
from chassis.http.request import AnyRequest
from chassis.jobs import Jobs
from chassis.service import Parts as CommonParts
from chassis.service import Service
from chassis.settings import ServiceSettings
from contracts.envelope import Envelope
from contracts.notification import MailFailed, MailSent
from tests.support.running import Running, running
from tests.support.servers import Templates

CONSUMERS = Consumers("trial")
JOBS = Jobs()


@dataclass
class Trouble:
    """What a test wants to go wrong."""

    refuse: set[str] = field(default_factory=set)
    """`why` of facts whose handler fails."""
    hold: asyncio.Event | None = None
    """Handlers wait for it, when there is one."""
    handled: int = 0


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[ServiceSettings]):
    trouble: Trouble


@CONSUMERS.each(MailFailed)
async def note_one(fact: Envelope[MailFailed], tx: Connection, parts: Parts) -> None:
    """Write down one."""
    await note(tx, parts.trouble, fact.body.why)


@CONSUMERS.batch(MailSent, MailFailed)
async def note_many(
    facts: Sequence[Envelope[MailSent | MailFailed]], tx: Connection, parts: Parts
) -> None:
    """Write down many."""
    for fact in facts:
        what = fact.body.why if isinstance(fact.body, MailFailed) else str(fact.body.revision)
        await note(tx, parts.trouble, f"batch {what}")


async def note(tx: Connection, trouble: Trouble, what: str) -> None:
    await tx.execute("INSERT INTO effect (what) VALUES ($1)", what)
    trouble.handled += 1
    if trouble.hold is not None:
        await trouble.hold.wait()
    if what in trouble.refuse:
        raise ZeroDivisionError(what)


@JOBS.every(0.05)
async def never_anything(parts: Parts) -> int:
    return 0


@post("/v1/notes", access=SIGNED_IN)
async def write(
    request: AnyRequest,
    data: JSONBody[dict[str, str]],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[dict[str, str]] | Response[bytes]:
    """Write something down, and tell it."""

    async def act(tx: Connection) -> Response[dict[str, str]]:
        await note(tx, parts.trouble, data["what"])
        return Response({"wrote": data["what"]}, status_code=201)

    return await answer_once(parts.db, request, caller, act)


@get("/v1/notes", access=ANYONE)
async def count(parts: NamedDependency[Parts]) -> dict[str, int]:
    """How many."""
    async with parts.db.reading() as connection:
        return {"notes": await connection.fetchval("SELECT count(*) FROM effect")}


@get("/v1/broken", access=only("office"))
async def broken() -> None:
    """Fail with something that nobody must see."""
    raise RuntimeError("a secret detail")


@asynccontextmanager
async def open_parts(common: CommonParts[ServiceSettings]) -> AsyncIterator[Parts]:
    yield Parts(settings=common.settings, db=common.db, clock=common.clock, trouble=Trouble())


TRIAL: Service[ServiceSettings] = Service(
    name="trial",
    settings=ServiceSettings,
    open_parts=open_parts,
    routes=[write, count, broken],
    consumers=CONSUMERS,
    jobs=JOBS,
    migrations=Path(__file__).parent / "trial_migrations",
)


@pytest.fixture
async def trial(templates: Templates, amqp_url: str) -> AsyncIterator[Running]:
    async with running(TRIAL, templates=templates, amqp_url=amqp_url) as service:
        yield service


@pytest.fixture
async def idle_trial(templates: Templates, amqp_url: str) -> AsyncIterator[Running]:
    """The same without its worker, for tests that start and stop one themselves."""
    async with running(TRIAL, templates=templates, amqp_url=amqp_url, worker=False) as service:
        yield service
