"""Orders, and endings that were told before their beginnings."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from services.payment.domain.orders import Ending, Order


async def lock_enrolments(tx: Connection, enrolment_ids: Iterable[UUID]) -> None:
    """Let nobody else follow these enrolments until `tx` ends.

    An order that does not exist yet has no row to lock, and two facts about its enrolment may be
    worked on at the same time.
    """
    await tx.execute(
        """
        SELECT pg_advisory_xact_lock(hashtextextended(enrolment_id::text, 0))
        FROM (SELECT enrolment_id FROM unnest($1::uuid[]) AS told (enrolment_id) ORDER BY 1) AS told
        """,
        sorted(set(enrolment_ids)),
    )


async def lock_orders_of(tx: Connection, enrolment_ids: Iterable[UUID]) -> dict[UUID, Order]:
    """Read the orders of enrolments, by enrolment, and lock their rows until `tx` ends."""
    records = await tx.fetch(
        """
        SELECT order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor,
               currency, state, opened_at, held_until, starts_at, vat_rate, billing, paid_by, paid_at,
               closed_at, closed_why
        FROM orders WHERE enrolment_id = ANY($1::uuid[])
        ORDER BY order_id
        FOR UPDATE
        """,
        sorted(set(enrolment_ids)),
    )
    return {record["enrolment_id"]: as_struct(Order, record) for record in records}


async def lock_order(tx: Connection, order_id: UUID) -> Order | None:
    """Read one order and lock its row until `tx` ends."""
    record = await tx.fetchrow(
        """
        SELECT order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor,
               currency, state, opened_at, held_until, starts_at, vat_rate, billing, paid_by, paid_at,
               closed_at, closed_why
        FROM orders WHERE order_id = $1
        FOR UPDATE
        """,
        order_id,
    )
    return maybe_struct(Order, record)


async def lock_orders_with_unknown_vat(tx: Connection, offering_id: UUID) -> list[Order]:
    """Orders of an offering that were paid before its VAT was known."""
    records = await tx.fetch(
        """
        SELECT order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor,
               currency, state, opened_at, held_until, starts_at, vat_rate, billing, paid_by, paid_at,
               closed_at, closed_why
        FROM orders WHERE offering_id = $1 AND state = 'paid' AND vat_rate IS NULL
        ORDER BY order_id
        FOR UPDATE
        """,
        offering_id,
    )
    return [as_struct(Order, record) for record in records]


async def insert_orders(tx: Connection, orders: Sequence[Order]) -> None:
    """Write orders that are new."""
    await tx.execute(
        """
        INSERT INTO orders (
            order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor, currency,
            state, opened_at, held_until, starts_at, closed_at, closed_why
        )
        SELECT order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor, currency,
               state, opened_at, held_until, starts_at, closed_at, closed_why
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::uuid[], $6::text[], $7::integer[],
            $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
            $13::timestamptz[], $14::text[]
        ) WITH ORDINALITY AS opened (
            order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor, currency,
            state, opened_at, held_until, starts_at, closed_at, closed_why, position
        )
        ORDER BY position
        """,
        [each.order_id for each in orders],
        [each.enrolment_id for each in orders],
        [each.enrolment_version for each in orders],
        [each.learner_id for each in orders],
        [each.offering_id for each in orders],
        [each.payer for each in orders],
        [each.fee_minor for each in orders],
        [each.currency for each in orders],
        [each.state for each in orders],
        [each.opened_at for each in orders],
        [each.held_until for each in orders],
        [each.starts_at for each in orders],
        [each.closed_at for each in orders],
        [each.closed_why for each in orders],
    )


async def save_orders(tx: Connection, orders: Sequence[Order]) -> None:
    """Write what facts of enrolment changed in orders that are locked."""
    await tx.execute(
        """
        UPDATE orders
        SET enrolment_version = now.enrolment_version, payer = now.payer, fee_minor = now.fee_minor,
            currency = now.currency, state = now.state, held_until = now.held_until,
            starts_at = now.starts_at, closed_at = now.closed_at, closed_why = now.closed_why
        FROM unnest(
            $1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::text[], $6::text[],
            $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::text[]
        ) AS now (
            order_id, enrolment_version, payer, fee_minor, currency, state, held_until, starts_at,
            closed_at, closed_why
        )
        WHERE orders.order_id = now.order_id
        """,
        [each.order_id for each in orders],
        [each.enrolment_version for each in orders],
        [each.payer for each in orders],
        [each.fee_minor for each in orders],
        [each.currency for each in orders],
        [each.state for each in orders],
        [each.held_until for each in orders],
        [each.starts_at for each in orders],
        [each.closed_at for each in orders],
        [each.closed_why for each in orders],
    )


async def save_payment_of(tx: Connection, order: Order) -> None:
    """Write by what, when and with which VAT an order was paid."""
    await tx.execute(
        "UPDATE orders SET state = $2, paid_by = $3, paid_at = $4, vat_rate = $5 WHERE order_id = $1",
        order.order_id,
        order.state,
        order.paid_by,
        order.paid_at,
        order.vat_rate,
    )


async def save_billing(tx: Connection, order: Order) -> None:
    """Write who is invoiced, and until when that is waited for."""
    await tx.execute(
        """
        UPDATE orders SET payer = $2, billing = $3, held_until = $4, vat_rate = $5 WHERE order_id = $1
        """,
        order.order_id,
        order.payer,
        order.billing,
        order.held_until,
        order.vat_rate,
    )


async def get_early_endings(tx: Connection, enrolment_ids: Iterable[UUID]) -> dict[UUID, Ending]:
    """Endings of enrolments whose order was not known then."""
    records = await tx.fetch(
        "SELECT enrolment_id, version, why FROM early_ending WHERE enrolment_id = ANY($1::uuid[])",
        sorted(set(enrolment_ids)),
    )
    return {record["enrolment_id"]: as_struct(Ending, record) for record in records}


async def save_early_endings(tx: Connection, endings: Sequence[Ending]) -> None:
    """Keep endings until their orders are opened; of several the latest."""
    await tx.executemany(
        """
        INSERT INTO early_ending (enrolment_id, version, why) VALUES ($1, $2, $3)
        ON CONFLICT (enrolment_id) DO UPDATE SET version = excluded.version, why = excluded.why
        WHERE early_ending.version < excluded.version
        """,
        [(each.enrolment_id, each.version, each.why) for each in endings],
    )


async def find_known(connection: Connection, enrolment_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these enrolments have an order by now."""
    records = await connection.fetch(
        "SELECT enrolment_id FROM orders WHERE enrolment_id = ANY($1::uuid[])", list(enrolment_ids)
    )
    return {record["enrolment_id"] for record in records}


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its place in lists."""

    arrival: int
    order: Order


async def get_order(connection: Connection, order_id: UUID) -> Order | None:
    """Read one order."""
    return next(iter(await get_orders(connection, [order_id])), None)


async def get_orders(connection: Connection, order_ids: Iterable[UUID]) -> list[Order]:
    """Read orders by their ids; those that there are."""
    records = await connection.fetch(
        """
        SELECT order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor,
               currency, state, opened_at, held_until, starts_at, vat_rate, billing, paid_by, paid_at,
               closed_at, closed_why
        FROM orders WHERE order_id = ANY($1::uuid[])
        """,
        list(order_ids),
    )
    return [as_struct(Order, record) for record in records]


async def list_orders(
    connection: Connection,
    *,
    learner_id: UUID | None,
    enrolment_id: UUID | None,
    before: int | None,
    limit: int,
) -> list[Listed]:
    """Orders of a learner or of everybody, of an enrolment or of all, the latest first."""
    records = await connection.fetch(
        """
        SELECT arrival, order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer,
               fee_minor, currency, state, opened_at, held_until, starts_at, vat_rate, billing, paid_by,
               paid_at, closed_at, closed_why
        FROM orders
        WHERE ($1::uuid IS NULL OR learner_id = $1)
          AND ($2::uuid IS NULL OR enrolment_id = $2)
          AND ($3::bigint IS NULL OR arrival < $3)
        ORDER BY arrival DESC LIMIT $4
        """,
        learner_id,
        enrolment_id,
        before,
        limit,
    )
    return [Listed(arrival=each["arrival"], order=as_struct(Order, each)) for each in records]


async def list_open(
    connection: Connection,
    *,
    payer: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Order]:
    """Orders that are still to be paid, by one kind of payer or by both, in the order of their limits."""
    held_until, order_id = after or (None, None)
    records = await connection.fetch(
        """
        SELECT order_id, enrolment_id, enrolment_version, learner_id, offering_id, payer, fee_minor,
               currency, state, opened_at, held_until, starts_at, vat_rate, billing, paid_by, paid_at,
               closed_at, closed_why
        FROM orders
        WHERE state = 'open' AND ($1::text IS NULL OR payer = $1)
          AND ($2::timestamptz IS NULL OR (held_until, order_id) > ($2, $3))
        ORDER BY held_until, order_id LIMIT $4
        """,
        payer,
        held_until,
        order_id,
        limit,
    )
    return [as_struct(Order, record) for record in records]
