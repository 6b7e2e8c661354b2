"""What works behind the doors: relay, consumers and jobs of one service."""

import asyncio
from typing import Any

import structlog

from chassis.bus import dead_letters
from chassis.bus.batches import BatchConsumer
from chassis.bus.connection import BROKER_TROUBLE, Broker
from chassis.bus.handling import Handling
from chassis.bus.relay import Relay
from chassis.bus.singles import SingleConsumers
from chassis.bus.topology import declare
from chassis.health import Health
from chassis.housekeeping import prune
from chassis.jobs import Job
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.stopping import sleep_or_stop

log = structlog.get_logger()


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


def health_of_worker(health: Health, worker: Worker, settings: ServiceSettings) -> None:
    """A worker alone needs its queues; with an edge in the same process it wants them."""
    condition = health.needs if settings.role == "worker" else health.wants
    condition("consumers", worker.listens)
