"""Transfers on our bank account, and what finance has to look at."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Connection, as_struct, maybe_struct
from services.payment.domain.exceptions import FinanceException
from services.payment.domain.transfers import Transfer


async def insert_transfer(tx: Connection, transfer: Transfer, *, by: UUID) -> None:
    """Write a transfer that is new."""
    await tx.execute(
        """
        INSERT INTO transfer (
            transfer_id, bank_reference, reference, amount_minor, currency, value_date, received_at,
            received_by, state, kept_why, payment_id
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        transfer.transfer_id,
        transfer.bank_reference,
        transfer.reference,
        transfer.amount_minor,
        transfer.currency,
        transfer.value_date,
        transfer.received_at,
        by,
        transfer.state,
        transfer.kept_why,
        transfer.payment_id,
    )


async def save_transfer(tx: Connection, transfer: Transfer) -> None:
    """Write what was decided about a transfer that is locked."""
    await tx.execute(
        "UPDATE transfer SET state = $2, kept_why = $3, payment_id = $4 WHERE transfer_id = $1",
        transfer.transfer_id,
        transfer.state,
        transfer.kept_why,
        transfer.payment_id,
    )


async def lock_bank_reference(tx: Connection, bank_reference: str) -> Transfer | None:
    """The transfer with the bank's own reference. Nobody else can bring one until `tx` ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", bank_reference)
    record = await tx.fetchrow(
        """
        SELECT transfer_id, bank_reference, reference, amount_minor, currency, value_date, received_at, state,
               kept_why, payment_id
        FROM transfer WHERE bank_reference = $1
        """,
        bank_reference,
    )
    return maybe_struct(Transfer, record)


async def lock_transfer(tx: Connection, transfer_id: UUID) -> Transfer | None:
    """Read one transfer and lock its row until `tx` ends."""
    record = await tx.fetchrow(
        """
        SELECT transfer_id, bank_reference, reference, amount_minor, currency, value_date, received_at, state,
               kept_why, payment_id
        FROM transfer WHERE transfer_id = $1
        FOR UPDATE
        """,
        transfer_id,
    )
    return maybe_struct(Transfer, record)


async def get_transfer(connection: Connection, transfer_id: UUID) -> Transfer | None:
    """Read one transfer."""
    record = await connection.fetchrow(
        """
        SELECT transfer_id, bank_reference, reference, amount_minor, currency, value_date, received_at, state,
               kept_why, payment_id
        FROM transfer WHERE transfer_id = $1
        """,
        transfer_id,
    )
    return maybe_struct(Transfer, record)


async def list_latest(connection: Connection, *, before: UUID | None, limit: int) -> list[Transfer]:
    """All transfers, the one that was brought last first."""
    records = await connection.fetch(
        """
        SELECT transfer_id, bank_reference, reference, amount_minor, currency, value_date, received_at, state,
               kept_why, payment_id
        FROM transfer WHERE $1::uuid IS NULL OR transfer_id < $1
        ORDER BY transfer_id DESC LIMIT $2
        """,
        before,
        limit,
    )
    return [as_struct(Transfer, record) for record in records]


async def find_bank_references(
    connection: Connection, payment_ids: Iterable[UUID]
) -> dict[UUID, str]:
    """The bank's own references of the transfers that brought these payments, as far as transfers did."""
    records = await connection.fetch(
        "SELECT payment_id, bank_reference FROM transfer WHERE payment_id = ANY($1::uuid[])",
        list(payment_ids),
    )
    return {record["payment_id"]: record["bank_reference"] for record in records}


async def list_transfers(
    connection: Connection, transfer_ids: Sequence[UUID]
) -> dict[UUID, Transfer]:
    """Transfers by id."""
    records = await connection.fetch(
        """
        SELECT transfer_id, bank_reference, reference, amount_minor, currency, value_date, received_at, state,
               kept_why, payment_id
        FROM transfer WHERE transfer_id = ANY($1::uuid[])
        """,
        transfer_ids,
    )
    return {record["transfer_id"]: as_struct(Transfer, record) for record in records}


async def raise_exceptions(tx: Connection, exceptions: Sequence[FinanceException]) -> None:
    """Show things to finance; what is shown already is not shown twice."""
    await tx.executemany(
        """
        INSERT INTO finance_exception (exception_id, kind, subject_id, order_id, raised_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """,
        [
            (each.exception_id, each.kind, each.subject_id, each.order_id, each.raised_at)
            for each in exceptions
        ],
    )


async def settle_exceptions(tx: Connection, subject_id: UUID, *, now: datetime) -> None:
    """There is nothing left to do about this."""
    await tx.execute(
        "UPDATE finance_exception SET settled_at = $2 WHERE subject_id = $1 AND settled_at IS NULL",
        subject_id,
        now,
    )


async def list_exceptions(
    connection: Connection, *, settled: bool, after: tuple[datetime, UUID] | None, limit: int
) -> list[FinanceException]:
    """What finance has to look at, or had to, the longest waiting first."""
    raised_at, exception_id = after or (None, None)
    records = await connection.fetch(
        """
        SELECT exception_id, kind, subject_id, order_id, raised_at, settled_at
        FROM finance_exception
        WHERE (settled_at IS NOT NULL) = $1
          AND ($2::timestamptz IS NULL OR (raised_at, exception_id) > ($2, $3))
        ORDER BY raised_at, exception_id LIMIT $4
        """,
        settled,
        raised_at,
        exception_id,
        limit,
    )
    return [as_struct(FinanceException, record) for record in records]
