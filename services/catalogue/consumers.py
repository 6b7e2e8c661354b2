"""Door 2: what the catalogue does about the facts of others."""

from collections.abc import Sequence

from chassis.bus.consumers import Consumers
from chassis.database import Connection
from contracts.enrolment import PlacesTaken
from contracts.envelope import Envelope
from services.catalogue import commands
from services.catalogue.parts import Parts

CONSUMERS = Consumers("catalogue")


@CONSUMERS.batch(PlacesTaken)
async def count_places(
    facts: Sequence[Envelope[PlacesTaken]],
    tx: Connection,
    parts: Parts,  # noqa: ARG001 - every handler gets them.
) -> None:
    """Show how many places are left."""
    await commands.count_places(tx, [fact.body for fact in facts])
