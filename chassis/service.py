"""A service, its rooms named: what its processes and its operators' commands work with."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from litestar.types import ControllerRouterHandler

from chassis.bus.consumers import Consumers
from chassis.clock import Clock, clock_from
from chassis.database import Database, open_database
from chassis.http.access import Gatekeeper
from chassis.jobs import Jobs
from chassis.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)


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
