"""memory: every process of the system, idle and in the stampede."""

import asyncio
from collections.abc import Mapping

from tests.load.bench import Bench
from tests.load.lab import Lab
from tests.load.parts.stampede import PEOPLE, run_stampede
from tests.load.warming import PEOPLE_TO_WARM_UP

_SETTLE_S = 5.0
_LOOK_EVERY_S = 0.25


async def memory(bench: Bench) -> None:
    """The load client is not counted; the servers and stand-ins that the system was started with are."""
    async with bench.laboratory() as lab:
        await lab.invite(PEOPLE_TO_WARM_UP + PEOPLE)
        await asyncio.sleep(_SETTLE_S)
        idle = lab.memory_mb()
        bench.found("memory.idle_mb", sum(idle.values()), "MB")
        _found_by_process(bench, "idle", idle)
        peak = dict(idle)
        watching = asyncio.create_task(_watch(lab, peak))
        await run_stampede(bench, lab, "memory.stampede")
        watching.cancel()
        bench.found("memory.peak_mb", peak.pop("together"), "MB")
        _found_by_process(bench, "peak", peak)


async def _watch(lab: Lab, peak: dict[str, float]) -> None:
    """Keep the most that all processes had together, and what each of them had then."""
    while True:
        now = await asyncio.to_thread(lab.memory_mb)
        together = sum(now.values())
        if together > peak.get("together", 0.0):
            peak.clear()
            peak.update(now, together=together)
        await asyncio.sleep(_LOOK_EVERY_S)


def _found_by_process(bench: Bench, when: str, used: Mapping[str, float]) -> None:
    for process, size in sorted(used.items(), key=lambda each: -each[1]):
        bench.found(f"memory.{when}_mb.{process}", size, "MB")
