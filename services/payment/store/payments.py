"""Payments, and the states that they came into."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chassis.database import Connection, as_struct, maybe_struct
from services.payment.domain.payments import Payment


async def insert_payment(tx: Connection, payment: Payment, *, now: datetime) -> None:
    """Write a payment that is new, and the state that it is in."""
    await tx.execute(
        """
        WITH made AS (
            INSERT INTO payment (
                payment_id, order_id, method, amount_minor, currency, state, description, language, intended_at,
                redirect_url, paid_at, due_at
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        )
        INSERT INTO transition (payment_id, state, happened_at) VALUES ($1, $6, $13)
        """,
        payment.payment_id,
        payment.order_id,
        payment.method,
        payment.amount_minor,
        payment.currency,
        payment.state,
        payment.description,
        payment.language,
        payment.intended_at,
        payment.redirect_url,
        payment.paid_at,
        payment.due_at,
        now,
    )


async def get_payment(connection: Connection, payment_id: UUID) -> Payment | None:
    """Read one payment."""
    record = await connection.fetchrow(
        """
        SELECT payment_id, order_id, method, amount_minor, currency, state, description, language,
               intended_at, redirect_url, provider_id, checkout_url, expires_at, paid_at, ended_at, looks,
               due_at, refunds, refunded_minor
        FROM payment WHERE payment_id = $1
        """,
        payment_id,
    )
    return maybe_struct(Payment, record)


async def lock_payment(tx: Connection, payment_id: UUID) -> Payment | None:
    """Read one payment and lock its row until `tx` ends; its order is locked already."""
    record = await tx.fetchrow(
        """
        SELECT payment_id, order_id, method, amount_minor, currency, state, description, language,
               intended_at, redirect_url, provider_id, checkout_url, expires_at, paid_at, ended_at, looks,
               due_at, refunds, refunded_minor
        FROM payment WHERE payment_id = $1
        FOR UPDATE
        """,
        payment_id,
    )
    return maybe_struct(Payment, record)


async def list_payments(connection: Connection, order_ids: Iterable[UUID]) -> list[Payment]:
    """The payments of orders, in the order in which they were intended."""
    records = await connection.fetch(
        """
        SELECT payment_id, order_id, method, amount_minor, currency, state, description, language,
               intended_at, redirect_url, provider_id, checkout_url, expires_at, paid_at, ended_at, looks,
               due_at, refunds, refunded_minor
        FROM payment WHERE order_id = ANY($1::uuid[])
        ORDER BY intended_at, payment_id
        """,
        list(order_ids),
    )
    return [as_struct(Payment, record) for record in records]


async def get_order_id(connection: Connection, payment_id: UUID) -> UUID | None:
    """The order of a payment, to be locked before it."""
    order_id: UUID | None = await connection.fetchval(
        "SELECT order_id FROM payment WHERE payment_id = $1", payment_id
    )
    return order_id


async def find_order_ids(connection: Connection, payment_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The orders of payments, by payment."""
    records = await connection.fetch(
        "SELECT payment_id, order_id FROM payment WHERE payment_id = ANY($1::uuid[])",
        list(payment_ids),
    )
    return {record["payment_id"]: record["order_id"] for record in records}


async def save_payment(
    tx: Connection, payment: Payment, *, unless_hinted: datetime | None, now: datetime
) -> bool:
    """Write what was learnt about a payment that is locked.

    Returns whether it came into its state for the first time: only then that has an effect.

    `unless_hinted` is when the provider would have been asked next before this was learnt. If it
    is another time by now, a webhook came in the meantime: then that time stays. No time at all is
    no hint: somebody else gave the payment up meanwhile, and now it is asked about again.
    """
    first = await tx.fetchval(
        """
        WITH saved AS (
            UPDATE payment
            SET state = $2, provider_id = $3, checkout_url = $4, expires_at = $5, paid_at = $6, ended_at = $7,
                looks = $8, refunds = $9, refunded_minor = $10,
                due_at = CASE WHEN due_at IS NULL OR due_at = $12 THEN $11 ELSE due_at END
            WHERE payment_id = $1
        )
        INSERT INTO transition (payment_id, state, happened_at) VALUES ($1, $2, $13)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        payment.payment_id,
        payment.state,
        payment.provider_id,
        payment.checkout_url,
        payment.expires_at,
        payment.paid_at,
        payment.ended_at,
        payment.looks,
        payment.refunds,
        payment.refunded_minor,
        payment.due_at,
        unless_hinted,
        now,
    )
    return bool(first)


async def save_refunded(tx: Connection, payment: Payment) -> None:
    """Write how much of a payment has to go back or went back."""
    await tx.execute(
        "UPDATE payment SET refunds = $2, refunded_minor = $3 WHERE payment_id = $1",
        payment.payment_id,
        payment.refunds,
        payment.refunded_minor,
    )


async def take_due(
    tx: Connection, *, now: datetime, leased_until: datetime, limit: int
) -> list[Payment]:
    """Take payments whose time has come. Whoever takes them has until `leased_until`; then they are due again."""
    records = await tx.fetch(
        """
        WITH due AS (
            SELECT payment_id FROM payment WHERE due_at <= $1
            ORDER BY due_at LIMIT $3
            FOR UPDATE SKIP LOCKED
        )
        UPDATE payment SET due_at = $2 FROM due WHERE payment.payment_id = due.payment_id
        RETURNING payment.payment_id, order_id, method, amount_minor, currency, state, description, language,
                  intended_at, redirect_url, provider_id, checkout_url, expires_at, paid_at, ended_at, looks,
                  due_at, refunds, refunded_minor
        """,
        now,
        leased_until,
        limit,
    )
    return [as_struct(Payment, record) for record in records]


async def put_off(tx: Connection, payment: Payment, *, until: datetime) -> None:
    """Ask again then; a webhook that came in the meantime has its say."""
    await tx.execute(
        "UPDATE payment SET due_at = $2 WHERE payment_id = $1 AND due_at = $3",
        payment.payment_id,
        until,
        payment.due_at,
    )


async def hint(tx: Connection, provider_id: str, *, now: datetime) -> bool:
    """The provider has news of a payment: ask it now, also about refunds under way. Returns whether it is ours.

    However many hints come, the due time is one.
    """
    known = await tx.fetchval(
        """
        WITH hinted AS (
            UPDATE payment SET due_at = $2 WHERE provider_id = $1 RETURNING payment_id
        ), on_its_way_back AS (
            UPDATE refund SET due_at = $2 FROM hinted
            WHERE refund.payment_id = hinted.payment_id AND refund.state = 'sent'
        )
        SELECT true FROM hinted
        """,
        provider_id,
        now,
    )
    return bool(known)
