"""What the chassis' own tables may hold of somebody who is to be forgotten."""

from collections.abc import Iterable
from uuid import UUID

from chassis.database import Connection


async def forget_answers(tx: Connection, account_id: UUID, *, about: Iterable[UUID] = ()) -> None:
    """Forget the answers that are kept for repetitions: somebody's own, and those of others about these things.

    Looks through the answers of a week: for what happens a few times a day.
    """
    await tx.execute(
        """
        DELETE FROM idempotency WHERE account_id = $1 OR EXISTS (
            SELECT FROM unnest($2::text[]) AS thing WHERE position(convert_to(thing, 'UTF8') IN body) > 0
        )
        """,
        account_id,
        [str(each) for each in about],
    )


async def forget_parked(tx: Connection, keys: Iterable[UUID]) -> None:
    """Forget facts about these aggregates that no queue took; what is still on its way leaves by itself."""
    await tx.execute(
        "DELETE FROM outbox WHERE parked_at IS NOT NULL AND key = ANY($1::text[])",
        [str(each) for each in keys],
    )
