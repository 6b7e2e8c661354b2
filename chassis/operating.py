"""Commands of every service that need the broker: prepare, replay, dead-letters."""

import argparse
import asyncio
import sys
from datetime import timedelta
from typing import TypeVar

from chassis.bus import dead_letters
from chassis.bus.connection import Broker
from chassis.bus.replaying import replay_stream
from chassis.bus.topology import declare
from chassis.database import migrate
from chassis.service import Service, UsageError
from chassis.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)


async def operate(service: Service[S], settings: S, given: argparse.Namespace) -> None:
    """Do what was given on the command line."""
    if given.command == "prepare":
        await prepare(service, settings)
    elif given.command == "replay":
        await _replay(service, settings, given.days)
    else:
        await _handle_dead_letters(service, settings, given)


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


async def _handle_dead_letters(service: Service[S], settings: S, given: argparse.Namespace) -> None:
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
