"""Before anything is measured, caches, pools and plans come into being."""

from collections.abc import Sequence

from contracts.catalogue import OfferingPublished
from tests.load.client import closing
from tests.load.lab import Lab, enrolment_requests
from tests.load.loops import as_fast_as_answered

CONNECTIONS = 256
MOST_PER_S = 4000
"""More than this edge accepts: how many people have to stand ready."""
WARM_UP_S = 2.0
PEOPLE_TO_WARM_UP = int(MOST_PER_S * WARM_UP_S)


async def warm_up(lab: Lab, offerings: Sequence[OfferingPublished]) -> None:
    """Enrol for a moment as fast as the edge answers, and let the databases look at what they hold now."""
    requests = enrolment_requests(lab.take(PEOPLE_TO_WARM_UP), offerings)
    with closing(await lab.fleet("enrolment", CONNECTIONS)) as fleet:
        await as_fast_as_answered(fleet, iter(requests), WARM_UP_S)
    await lab.until_facts_arrived()
    await lab.look_over()
