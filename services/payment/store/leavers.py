"""People who want to be forgotten, and invoices whose years are over."""

from datetime import datetime
from uuid import UUID

from chassis.database import Connection, as_struct
from services.payment.domain.leavers import NOBODY, Standing


async def get_standings(connection: Connection, learner_id: UUID) -> list[Standing]:
    """All of somebody's orders, as far as they can stand in the way, in order of arrival."""
    records = await connection.fetch(
        """
        SELECT o.enrolment_id, o.state = 'open' AS is_open,
               EXISTS (
                   SELECT FROM payment AS p
                   WHERE p.order_id = o.order_id AND p.state IN ('intended', 'open')
               ) AS is_paying,
               EXISTS (
                   SELECT FROM refund AS r
                   WHERE r.order_id = o.order_id AND r.state NOT IN ('refunded', 'transferred')
               ) OR o.state = 'paid' AND EXISTS (
                   SELECT FROM refund_claim AS c
                   WHERE c.enrolment_id = o.enrolment_id AND c.settled_at IS NULL
               ) AS is_refunding
        FROM orders AS o WHERE o.learner_id = $1 ORDER BY o.arrival
        """,
        learner_id,
    )
    return [as_struct(Standing, record) for record in records]


async def forget_billing(tx: Connection, learner_id: UUID) -> list[UUID]:
    """Forget who was to be invoiced where no invoice says it, and where browsers went; returns the orders."""
    records = await tx.fetch(
        """
        UPDATE orders SET billing = NULL
        WHERE order_id IN (SELECT order_id FROM orders WHERE learner_id = $1 ORDER BY order_id FOR UPDATE)
        RETURNING order_id
        """,
        learner_id,
    )
    orders = [record["order_id"] for record in records]
    await tx.execute(
        "UPDATE payment SET redirect_url = NULL, checkout_url = NULL WHERE order_id = ANY($1::uuid[])",
        orders,
    )
    return orders


async def get_last_invoiced(connection: Connection, order_ids: list[UUID]) -> int | None:
    """The latest book year in which these orders have a document that names somebody."""
    year: int | None = await connection.fetchval(
        "SELECT max(year) FROM invoice WHERE order_id = ANY($1::uuid[]) AND erased_at IS NULL",
        order_ids,
    )
    return year


async def forget_old_invoices(tx: Connection, *, up_to_year: int, now: datetime, limit: int) -> int:
    """Take names and documents off invoices of these years; numbers and amounts stay. Returns how many."""
    gone = await tx.fetch(
        """
        UPDATE invoice SET buyer = $2, pdf = '', erased_at = $3
        WHERE invoice_id IN (
            SELECT invoice_id FROM invoice
            WHERE erased_at IS NULL AND year <= $1 AND pdf IS NOT NULL
            ORDER BY year, invoice_id LIMIT $4
            FOR UPDATE SKIP LOCKED
        )
        RETURNING invoice_id
        """,
        up_to_year,
        NOBODY,
        now,
        limit,
    )
    return len(gone)
