"""A service as a process: `python -m services.<name> <command>`.

Roles: `edge` answers HTTP; `worker` relays, consumes and ticks; `both` does all in one process.
On SIGTERM or SIGINT it takes nothing new, finishes what it has, and goes.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import resource
import signal
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog
import uvicorn
import uvloop
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from chassis.bus import dead_letters
from chassis.bus.batches import BatchConsumer
from chassis.bus.connection import BROKER_TROUBLE, Broker, sleep_or_stop
from chassis.bus.consumers import Consumers
from chassis.bus.handling import Handling
from chassis.bus.relay import WAKE_CHANNEL, Relay
from chassis.bus.replaying import replay_stream
from chassis.bus.singles import SingleConsumers
from chassis.bus.topology import declare
from chassis.clock import Clock, clock_from
from chassis.database import AWAY, Database, MigrationError, migrate, open_database
from chassis.health import Health
from chassis.housekeeping import prune
from chassis.http.access import Gatekeeper
from chassis.http.app import build_edge
from chassis.http.envelope import Observed
from chassis.jobs import Job, Jobs
from chassis.settings import ProcessSettings, ServiceSettings, SettingsError, load
from chassis.telemetry import configure

log = structlog.get_logger()

_NICENESS = 10
"""Of a worker: about a tenth of an edge's share."""

P = TypeVar("P", bound=ProcessSettings)
S = TypeVar("S", bound=ServiceSettings)

EXIT_USAGE = 2
_COALESCE_S = 0.005
_DRAIN_S = 10
_MOST_FILES = 65_536


@dataclass(frozen=True, kw_only=True)
class Parts(Generic[S]):
    """What every service's doors work with. Services add their own in a subclass."""

    settings: S
    db: Database
    clock: Clock
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the process is asked to end: for what would go on for good by itself."""


class UsageError(Exception):
    """A command cannot be done as it was given; says in one line what to do instead."""


Command = Callable[[Any, argparse.Namespace], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Verb:
    """A command of a service's own, for operators."""

    help: str
    run: Command
    arguments: Callable[[argparse.ArgumentParser], None] = lambda _: None


@dataclass(frozen=True, kw_only=True)
class Service(Generic[S]):
    """One service: its rooms, named."""

    name: str
    settings: type[S]
    open_parts: Callable[[Parts[S]], AbstractAsyncContextManager[Any]]
    """Adds what the service needs besides: clients of systems that are not ours, batchers …"""
    routes: Sequence[ControllerRouterHandler]
    consumers: Consumers
    jobs: Jobs
    migrations: Path
    verbs: Mapping[str, Verb] = field(default_factory=dict)
    gatekeeper: Callable[[Any], Gatekeeper] | None = None
    """For the one service that holds the keys itself."""


@asynccontextmanager
async def opened(
    service: Service[S],
    settings: S,
    clock: Clock | None = None,
    stopping: asyncio.Event | None = None,
) -> AsyncIterator[Any]:
    """Open a service's parts: pool, clock, and what it adds."""
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(
            open_database(
                settings.database_url, name=service.name, pool_size=settings.database_pool_size
            )
        )
        common = Parts(
            settings=settings,
            db=db,
            clock=clock or clock_from(settings.clock_offset_file),
            stopping=stopping or asyncio.Event(),
        )
        yield await stack.enter_async_context(service.open_parts(common))


class Worker:
    """Relay, consumers and jobs of one service."""

    def __init__(self, service: Service[Any], parts: Any) -> None:
        settings: ServiceSettings = parts.settings
        broker = Broker(settings.amqp_url)
        handling = Handling(parts.db, parts.clock, parts)
        self._service = service
        self._parts = parts
        self._broker = broker
        self.relay = Relay(settings.database_url, broker)
        self._consuming: list[BatchConsumer | SingleConsumers] = [
            BatchConsumer(each, broker, handling) for each in service.consumers if each.batch
        ]
        if singles := [each for each in service.consumers if each.each]:
            self._consuming.append(SingleConsumers(singles, broker, handling))

    async def listens(self) -> bool:
        """Whether every consumer has its queue."""
        return all(each.listens for each in self._consuming)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop, then finish what was taken."""
        await self._declare(stop)
        if stop.is_set():
            return
        jobs = (
            *self._service.jobs,
            Job("prune", prune, rest_s=600),
            Job("forget_dead_letters", self._forget_dead_letters, rest_s=3600),
        )
        async with asyncio.TaskGroup() as tasks:
            for consuming in self._consuming:
                tasks.create_task(consuming.run(stop))
            for job in jobs:
                tasks.create_task(job.run(self._parts, stop))
            tasks.create_task(self.relay.run(stop))

    async def _forget_dead_letters(self, parts: Any) -> int:
        """Throw away what may name a person and waits in vain; while the broker is away there is nothing to do."""
        if not list(self._service.consumers):
            return 0
        try:
            async with self._broker.connect() as connection:
                return await dead_letters.forget_personal(
                    await connection.channel(), self._service.name, now=parts.clock.now()
                )
        except BROKER_TROUBLE as error:
            log.warning("worker.waits_for_broker", error=type(error).__name__)
            return 0

    async def _declare(self, stop: asyncio.Event) -> None:
        """Declare what this service needs, as soon as the broker lets us."""
        while not stop.is_set():
            try:
                async with self._broker.connect() as connection:
                    await declare(await connection.channel(), [self._service.consumers])
                    return
            except BROKER_TROUBLE as error:
                log.warning("worker.waits_for_broker", error=type(error).__name__)
                await sleep_or_stop(1, stop)


async def wake_relay(db: Database, stop: asyncio.Event) -> None:
    """Tell the relay, wherever it runs, that something was committed; many commits make one NOTIFY.

    Never from a trigger: a NOTIFY inside the transactions would line up their commits.
    """
    while not stop.is_set():
        await db.written.wait()
        db.written.clear()
        try:
            async with db.reading() as connection:
                await connection.execute(f"NOTIFY {WAKE_CHANNEL}")
        except AWAY:
            await sleep_or_stop(1, stop)  # The relay's poll is the net.
        await asyncio.sleep(_COALESCE_S)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process stops all its parts together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(service: Service[S], settings: S) -> None:
    """Run a service's process until it is told to stop."""
    stop = stop_on_signals()
    async with opened(service, settings, stopping=stop) as parts, asyncio.TaskGroup() as tasks:
        health = Health()
        waking = tasks.create_task(wake_relay(parts.db, stop))
        if settings.role == "worker":
            _yield_to_edges()
        if settings.role != "edge":
            health_of_worker(health, worker := Worker(service, parts), settings)
            tasks.create_task(worker.run(stop))
        health.needs("database", parts.db.answers)
        app = _application(service, parts, health, settings)
        await serve(app, settings, stop, role=settings.role)
        waking.cancel()
    log.info("process.stopped")


def stop_on_signals() -> asyncio.Event:
    """Set once the process is asked to end."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def serve(
    app: Observed[Any], settings: ProcessSettings, stop: asyncio.Event, *, role: str
) -> None:
    """Answer HTTP until told to stop, then finish what was begun."""
    server = _server(app, settings)
    _allow_many_connections()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        _spare_the_collector()
        log.info("process.started", role=role, port=settings.http_port)
        await stop.wait()
        log.info("process.stopping")
        server.should_exit = True


def _allow_many_connections() -> None:
    """Whoever watches keeps a connection open; many systems allow a thousand unless one asks for more."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= now < _MOST_FILES:
        with contextlib.suppress(OSError, ValueError):
            wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _yield_to_edges() -> None:
    """Where processor time is short, people who wait for an answer come before what works behind them.

    Where Linux groups processes by session or container, the group keeps its share (`man 7 sched`): a
    tenth of an edge's here, so that facts go on flowing. Within that, edges wake up where a worker is
    and take its place at once.
    """
    os.nice(_NICENESS)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS))
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _spare_the_collector() -> None:
    """What stands now stands until the end: the garbage collector need not walk over it again and again.

    And it comes less often, since what requests leave behind is mostly freed by its counts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def health_of_worker(health: Health, worker: Worker, settings: ServiceSettings) -> None:
    """A worker alone needs its queues; with an edge in the same process it wants them."""
    condition = health.needs if settings.role == "worker" else health.wants
    condition("consumers", worker.listens)


def _application(
    service: Service[Any], parts: Any, health: Health, settings: ServiceSettings
) -> Observed[Litestar]:
    """All routes for an edge; health and metrics only for a worker."""
    routes = service.routes if settings.role != "worker" else ()
    gatekeeper = service.gatekeeper(parts) if service.gatekeeper else None
    return build_edge(service.name, routes, parts, health=health, gatekeeper=gatekeeper)


def _server(app: Observed[Any], settings: ProcessSettings) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            lifespan="off",
            loop="none",
            http="httptools",
            backlog=4096,
            timeout_graceful_shutdown=_DRAIN_S,
            server_header=False,
            forwarded_allow_ips=settings.forwarded_allow_ips,
        )
    )


def main(service: Service[Any], arguments: Sequence[str] | None = None) -> None:
    """The command line of a service. Bad input: one line on standard error, exit code 2."""
    given = _parser(service).parse_args(arguments)
    start(service.name, service.settings, lambda settings: _dispatch(service, settings, given))


def start(name: str, kind: type[P], work: Callable[[P], Coroutine[Any, Any, None]]) -> None:
    """Read the settings, set up logs, work. Bad input: one line on standard error, exit code 2."""
    try:
        settings = load(kind, os.environ)
        configure(
            name,
            level=settings.log_level,
            otlp_endpoint=settings.otel_exporter_otlp_endpoint,
        )
        uvloop.run(work(settings))
    except SettingsError as error:
        lines = str(error).replace("\n", "; ")
        sys.exit(_fail(f"{name} refuses to start: {lines}"))
    except (UsageError, MigrationError) as error:
        sys.exit(_fail(str(error)))


def _fail(message: str) -> int:
    sys.stderr.write(message + "\n")
    return EXIT_USAGE


def _parser(service: Service[Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("run", help="run the service")
    commands.add_parser("prepare", help="bring the database up to date and declare the queues")
    replaying = commands.add_parser("replay", help="hear the facts of the last days again")
    replaying.add_argument("--days", type=int, default=30, help="how far back; at most 30 are kept")
    letters = commands.add_parser("dead-letters", help="look at messages that could not be handled")
    letters.add_argument("action", choices=["list", "replay", "discard"])
    letters.add_argument(
        "event_id", nargs="?", help="one message; replay without it sends all again"
    )
    for name, verb in service.verbs.items():
        verb.arguments(commands.add_parser(name, help=verb.help))
    return parser


async def _dispatch(service: Service[S], settings: S, given: argparse.Namespace) -> None:
    if given.command == "run":
        await run(service, settings)
    elif given.command == "prepare":
        await prepare(service, settings)
    elif given.command == "dead-letters":
        await _dead_letters(service, settings, given)
    elif given.command == "replay":
        await _replay(service, settings, given.days)
    else:
        async with opened(service, settings) as parts:
            await service.verbs[given.command].run(parts, given)


async def prepare(service: Service[S], settings: S) -> None:
    """Bring the database up to date and declare the queues, so that no fact is told before they exist."""
    await asyncio.to_thread(migrate, settings.database_url, service.migrations)
    async with Broker(settings.amqp_url).connect() as connection:
        await declare(await connection.channel(), [service.consumers])


async def _replay(service: Service[S], settings: S, days: int) -> None:
    async with Broker(settings.amqp_url).connect() as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        sent = await replay_stream(channel, service.consumers, timedelta(days=days))
    sys.stdout.write(
        f"{sent} facts sent to {service.name} again; what it knows already has no effect.\n"
    )


async def _dead_letters(service: Service[S], settings: S, given: argparse.Namespace) -> None:
    async with Broker(settings.amqp_url).connect() as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        if given.action == "list":
            for letter in await dead_letters.list_dead_letters(channel, service.name):
                more = f" (and {letter.facts - 1} with it)" if letter.facts > 1 else ""
                sys.stdout.write(
                    f"{letter.event_id}{more}  {letter.queue}  {letter.topic}  {letter.reason}\n"
                )
            return
        if given.action == "discard":
            if given.event_id is None:
                raise UsageError(
                    "Say which: dead-letters discard <event id>. `dead-letters list` shows them."
                )
            done = await dead_letters.discard(channel, service.name, given.event_id)
        else:
            done = await dead_letters.replay(channel, service.name, given.event_id)
        sys.stdout.write(f"{done} done\n")
