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
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
import uvicorn
import uvloop
from litestar import Litestar

from chassis.database import MigrationError
from chassis.health import Health
from chassis.http.app import build_edge
from chassis.http.envelope import Observed
from chassis.service import Service, UsageError, opened
from chassis.settings import ProcessSettings, ServiceSettings, SettingsError, load
from chassis.stopping import stop_on_signals
from chassis.telemetry import configure
from chassis.waking import wake_relay

log = structlog.get_logger()

_NICENESS = 10
"""Of a worker: about a tenth of an edge's share."""

P = TypeVar("P", bound=ProcessSettings)
S = TypeVar("S", bound=ServiceSettings)

EXIT_USAGE = 2
_DRAIN_S = 10
_MOST_FILES = 65_536


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
            # Here, since an edge does without what speaks to the broker: 15 MB a process.
            from chassis.worker import Worker, health_of_worker  # noqa: PLC0415

            health_of_worker(health, worker := Worker(service, parts), settings)
            tasks.create_task(worker.run(stop))
        health.needs("database", parts.db.answers)
        app = _application(service, parts, health, settings)
        await serve(app, settings, stop, role=settings.role)
        waking.cancel()
    log.info("process.stopped")


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
    elif given.command in service.verbs:
        async with opened(service, settings) as parts:
            await service.verbs[given.command].run(parts, given)
    else:
        from chassis.operating import operate  # noqa: PLC0415 - as above.

        await operate(service, settings, given)
