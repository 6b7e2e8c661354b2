"""How full offerings are, for people who look for one with free places."""

from collections.abc import Iterable

from chassis.database import Connection
from contracts.enrolment import PlacesTaken
from services.catalogue import store


async def count_places(tx: Connection, told: Iterable[PlacesTaken]) -> None:
    """Take over what enrolment tells, in whatever order it comes."""
    latest: dict[object, PlacesTaken] = {}
    for count in told:
        known = latest.get(count.offering_id)
        if known is None or known.version < count.version:
            latest[count.offering_id] = count
    await store.offerings.save_places_taken(tx, list(latest.values()))
