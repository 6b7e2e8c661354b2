"""The third door: the clock. Timers are rows with a due time; a job claims those that are due."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog

from chassis.database import AGAIN, is_away
from chassis.ids import new_id
from chassis.stopping import sleep_or_stop
from chassis.telemetry import JOBS_DONE, JOBS_FAILED, correlated

log = structlog.get_logger()

Tick: TypeAlias = Callable[[Any], Awaitable[int]]
"""Takes the service's parts, does one bounded portion of what is due, returns how much that was."""

_AFTER_FAILURE_S = 5.0


@dataclass(frozen=True)
class Job:
    """A tick that is repeated while it finds something, and then rests."""

    name: str
    tick: Tick
    rest_s: float

    async def run(self, parts: Any, stop: asyncio.Event) -> None:
        """Tick until told to stop. A failure is logged and the tick repeated: what is due stays due."""
        while not stop.is_set():
            try:
                with correlated(str(new_id())):
                    done = await self.tick(parts)
            except Exception as error:
                JOBS_FAILED.labels(self.name).inc()
                expected = is_away(error) or isinstance(error, AGAIN)
                log.warning(
                    "job.failed",
                    job=self.name,
                    error=type(error).__name__,
                    exc_info=None if expected else error,
                )
                await sleep_or_stop(_AFTER_FAILURE_S if not expected else 1, stop)
                continue
            JOBS_DONE.labels(self.name).inc(done)
            if not done:
                await sleep_or_stop(self.rest_s, stop)


class Jobs:
    """All jobs of one service; jobs.py of each service fills one."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    def every(self, seconds: float) -> Callable[[Tick], Tick]:
        """Tick again this long after nothing was found."""

        def register(tick: Tick) -> Tick:
            self._jobs.append(Job(tick.__name__, tick, seconds))
            return tick

        return register
