"""Claims for money back, and refunds on their way."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from services.payment.domain.refunds import Claim, Refund


async def insert_claims(tx: Connection, claims: Sequence[Claim], *, now: datetime) -> None:
    """Keep what facts ask back; a fact that was told before asks nothing new."""
    await tx.executemany(
        """
        INSERT INTO refund_claim (enrolment_id, why, version, amount_minor, told_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """,
        [(each.enrolment_id, each.why, each.version, each.amount_minor, now) for each in claims],
    )


async def lock_waiting_claims(tx: Connection, enrolment_id: UUID) -> list[Claim]:
    """What is still asked back for an enrolment, in the order of its facts."""
    records = await tx.fetch(
        """
        SELECT enrolment_id, why, version, amount_minor FROM refund_claim
        WHERE enrolment_id = $1 AND settled_at IS NULL
        ORDER BY version, why
        FOR UPDATE
        """,
        enrolment_id,
    )
    return [as_struct(Claim, record) for record in records]


async def settle_claim(tx: Connection, claim: Claim, *, now: datetime) -> None:
    """A claim became a refund, or nothing was left to give back."""
    await tx.execute(
        """
        UPDATE refund_claim SET settled_at = $4 WHERE enrolment_id = $1 AND why = $2 AND version = $3
        """,
        claim.enrolment_id,
        claim.why,
        claim.version,
        now,
    )


async def insert_refund(tx: Connection, refund: Refund) -> None:
    """Write a refund that is new. A second one with its payment and sequence cannot be written."""
    await tx.execute(
        """
        INSERT INTO refund (
            refund_id, payment_id, order_id, sequence, amount_minor, currency, why, state, requested_at,
            try_number, attempts, due_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        refund.refund_id,
        refund.payment_id,
        refund.order_id,
        refund.sequence,
        refund.amount_minor,
        refund.currency,
        refund.why,
        refund.state,
        refund.requested_at,
        refund.try_number,
        refund.attempts,
        refund.due_at,
    )


async def get_refund(connection: Connection, refund_id: UUID) -> Refund | None:
    """Read one refund."""
    record = await connection.fetchrow(
        """
        SELECT refund_id, payment_id, order_id, sequence, amount_minor, currency, why, state, requested_at,
               issued_at, provider_id, try_number, attempts, due_at, refused_why
        FROM refund WHERE refund_id = $1
        """,
        refund_id,
    )
    return maybe_struct(Refund, record)


async def lock_refund(tx: Connection, refund_id: UUID) -> Refund | None:
    """Read one refund and lock its row until `tx` ends; its order is locked already."""
    record = await tx.fetchrow(
        """
        SELECT refund_id, payment_id, order_id, sequence, amount_minor, currency, why, state, requested_at,
               issued_at, provider_id, try_number, attempts, due_at, refused_why
        FROM refund WHERE refund_id = $1
        FOR UPDATE
        """,
        refund_id,
    )
    return maybe_struct(Refund, record)


async def save_refund(tx: Connection, refund: Refund) -> None:
    """Write the new state of a refund that is locked."""
    await tx.execute(
        """
        UPDATE refund
        SET state = $2, issued_at = $3, provider_id = $4, try_number = $5, attempts = $6, due_at = $7,
            refused_why = $8
        WHERE refund_id = $1
        """,
        refund.refund_id,
        refund.state,
        refund.issued_at,
        refund.provider_id,
        refund.try_number,
        refund.attempts,
        refund.due_at,
        refund.refused_why,
    )


async def list_refunds(connection: Connection, order_ids: Iterable[UUID]) -> list[Refund]:
    """The refunds of orders, in the order in which they were requested."""
    records = await connection.fetch(
        """
        SELECT refund_id, payment_id, order_id, sequence, amount_minor, currency, why, state, requested_at,
               issued_at, provider_id, try_number, attempts, due_at, refused_why
        FROM refund WHERE order_id = ANY($1::uuid[])
        ORDER BY requested_at, refund_id
        """,
        list(order_ids),
    )
    return [as_struct(Refund, record) for record in records]


async def list_by_id(connection: Connection, refund_ids: Sequence[UUID]) -> dict[UUID, Refund]:
    """Refunds by id."""
    records = await connection.fetch(
        """
        SELECT refund_id, payment_id, order_id, sequence, amount_minor, currency, why, state, requested_at,
               issued_at, provider_id, try_number, attempts, due_at, refused_why
        FROM refund WHERE refund_id = ANY($1::uuid[])
        """,
        refund_ids,
    )
    return {record["refund_id"]: as_struct(Refund, record) for record in records}


async def list_by_state(
    connection: Connection, *, state: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[Refund]:
    """Refunds in a state, the longest waiting first."""
    requested_at, refund_id = after or (None, None)
    records = await connection.fetch(
        """
        SELECT refund_id, payment_id, order_id, sequence, amount_minor, currency, why, state, requested_at,
               issued_at, provider_id, try_number, attempts, due_at, refused_why
        FROM refund
        WHERE state = $1 AND ($2::timestamptz IS NULL OR (requested_at, refund_id) > ($2, $3))
        ORDER BY requested_at, refund_id LIMIT $4
        """,
        state,
        requested_at,
        refund_id,
        limit,
    )
    return [as_struct(Refund, record) for record in records]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A refund to do something about, and what the provider calls its payment."""

    refund: Refund
    provider_payment_id: str


async def take_due(
    tx: Connection, *, now: datetime, leased_until: datetime, limit: int
) -> list[Due]:
    """Take refunds whose time has come, as payments are taken.

    `attempts` counts here, before the call: a call whose answer is lost may have been heard.
    """
    records = await tx.fetch(
        """
        WITH due AS (
            SELECT refund_id FROM refund WHERE due_at <= $1
            ORDER BY due_at LIMIT $3
            FOR UPDATE SKIP LOCKED
        )
        UPDATE refund SET due_at = $2, attempts = refund.attempts + 1
        FROM due JOIN refund AS r USING (refund_id) JOIN payment AS p USING (payment_id)
        WHERE refund.refund_id = due.refund_id
        RETURNING refund.refund_id, refund.payment_id, refund.order_id, refund.sequence,
                  refund.amount_minor, refund.currency, refund.why, refund.state, refund.requested_at,
                  refund.issued_at, refund.provider_id, refund.try_number, refund.attempts, refund.due_at,
                  refund.refused_why, p.provider_id AS provider_payment_id
        """,
        now,
        leased_until,
        limit,
    )
    return [
        Due(refund=as_struct(Refund, each), provider_payment_id=each["provider_payment_id"])
        for each in records
    ]


async def put_off(tx: Connection, refund: Refund, *, until: datetime) -> None:
    """Try again then; a webhook that came in the meantime has its say."""
    await tx.execute(
        "UPDATE refund SET due_at = $2 WHERE refund_id = $1 AND due_at = $3",
        refund.refund_id,
        until,
        refund.due_at,
    )
