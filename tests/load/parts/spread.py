"""spread: the same crowd over 1,000 offerings."""

from tests.load.bench import Bench
from tests.load.offerings import open_offering
from tests.load.parts.hot import SATURATION_S, saturate
from tests.load.warming import MOST_PER_S, PEOPLE_TO_WARM_UP, warm_up

OFFERINGS = 1_000
_PEOPLE = PEOPLE_TO_WARM_UP + int(MOST_PER_S * SATURATION_S)


async def spread(bench: Bench) -> None:
    """As fast as the edge answers, every request for another offering than the one before."""
    name = "hot.accepted_per_s"
    limit = bench.run.figure(name) if bench.run.has(name) else await _one_offering(bench)
    async with bench.laboratory() as lab:
        await lab.invite(_PEOPLE)
        offerings = [open_offering() for _ in range(OFFERINGS)]
        await lab.publish_offerings(offerings)
        await warm_up(lab, offerings)
        await saturate(bench, lab, offerings, "spread", limit=limit)


async def _one_offering(bench: Bench) -> float:
    """The limit, where hot was not run before."""
    async with bench.laboratory() as lab:
        await lab.invite(_PEOPLE)
        offering = open_offering()
        await lab.publish_offerings([offering])
        await warm_up(lab, [offering])
        return await saturate(bench, lab, [offering], "spread.one_offering", seconds=SATURATION_S)
