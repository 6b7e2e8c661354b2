"""Every fact has its effect once: a consumer claims it in the transaction of the effect."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Connection


async def claim(tx: Connection, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Claim facts for a consumer and return those that are new to it.

    Waits for another delivery of the same fact that is being worked on right now.
    """
    records = await tx.fetch(
        """
        INSERT INTO inbox (consumer, event_id)
        SELECT $1, event_id FROM unnest($2::uuid[]) AS delivered (event_id)
        ORDER BY event_id
        ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        consumer,
        event_ids,
    )
    return {record["event_id"] for record in records}
