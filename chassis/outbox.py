"""Facts leave a service through its outbox: the row commits together with the change it tells of."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection
from chassis.ids import new_id
from chassis.telemetry import correlation_of, current_traceparent
from contracts.envelope import wrap
from contracts.fact import Fact

_encode = msgspec.json.Encoder().encode


class OutboxRows(msgspec.Struct, frozen=True):
    """Columns for `unnest`, for statements that write the outbox together with something else."""

    event_ids: list[UUID]
    topics: list[str]
    keys: list[str]
    bodies: list[bytes]


def outbox_rows(
    facts: Iterable[Fact], *, now: datetime, correlations: Iterable[str] | None = None
) -> OutboxRows:
    """Wrap facts for the outbox.

    `correlations` gives each fact its own id, where one transaction serves many requests.
    """
    rows = OutboxRows([], [], [], [])
    traceparent = current_traceparent()
    own = iter(correlations) if correlations is not None else None
    for fact in facts:
        envelope = wrap(
            fact,
            event_id=new_id(),
            occurred_at=now,
            correlation_id=next(own) if own is not None else correlation_of(fact.subject),
            traceparent=traceparent,
        )
        rows.event_ids.append(envelope.event_id)
        rows.topics.append(envelope.topic)
        rows.keys.append(envelope.subject)
        rows.bodies.append(_encode(envelope))
    return rows


async def tell(tx: Connection, *facts: Fact, now: datetime) -> None:
    """Tell facts when `tx` commits, in this order.

    Facts about one aggregate arrive in the order of their commits if the aggregate's
    row is locked before this is called.
    """
    if not facts:
        return
    rows = outbox_rows(facts, now=now)
    await tx.execute(
        """
        INSERT INTO outbox (event_id, topic, key, body)
        SELECT event_id, topic, key, body
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
             WITH ORDINALITY AS told (event_id, topic, key, body, position)
        ORDER BY position
        """,
        rows.event_ids,
        rows.topics,
        rows.keys,
        rows.bodies,
    )
