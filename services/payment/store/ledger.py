"""The ledger: entries are added, never changed."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct
from services.payment.domain.ledger import Event, Posting


async def post(
    tx: Connection,
    event: Event,
    posting: Posting,
    *,
    subject: str,
    order_id: UUID | None,
    currency: str,
    now: datetime,
) -> None:
    """Book what happened to `subject`, once: a second posting of the same event breaks the transaction."""
    await tx.executemany(
        """
        INSERT INTO ledger_entry (
            event, subject, line, order_id, debit, credit, amount_minor, currency, booked_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        [
            (
                event,
                subject,
                line,
                order_id,
                each.debit,
                each.credit,
                each.amount_minor,
                currency,
                now,
            )
            for line, each in enumerate(posting, start=1)
        ],
    )


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as the ledger shows it."""

    entry_id: int
    event: str
    subject: str
    order_id: UUID | None
    debit: str
    credit: str
    amount_minor: int
    currency: str
    booked_at: datetime


async def list_entries(
    connection: Connection, *, order_id: UUID | None, after: int | None, limit: int
) -> list[Booked]:
    """Entries of an order or of all, in the order in which they were booked."""
    records = await connection.fetch(
        """
        SELECT entry_id, event, subject, order_id, debit, credit, amount_minor, currency, booked_at
        FROM ledger_entry
        WHERE ($1::uuid IS NULL OR order_id = $1) AND ($2::bigint IS NULL OR entry_id > $2)
        ORDER BY entry_id LIMIT $3
        """,
        order_id,
        after,
        limit,
    )
    return [as_struct(Booked, record) for record in records]


async def list_latest_entries(
    connection: Connection, *, order_id: UUID | None, before: int | None, limit: int
) -> list[Booked]:
    """Entries of an order or of all, the one that was booked last first."""
    records = await connection.fetch(
        """
        SELECT entry_id, event, subject, order_id, debit, credit, amount_minor, currency, booked_at
        FROM ledger_entry
        WHERE ($1::uuid IS NULL OR order_id = $1) AND ($2::bigint IS NULL OR entry_id < $2)
        ORDER BY entry_id DESC LIMIT $3
        """,
        order_id,
        before,
        limit,
    )
    return [as_struct(Booked, record) for record in records]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What is on an account: debit above zero, credit below."""

    account: str
    currency: str
    balance_minor: int


async def get_balances(connection: Connection, order_id: UUID | None) -> list[Balance]:
    """The accounts of an order or of all. Those of one currency add up to zero."""
    records = await connection.fetch(
        """
        SELECT account, currency, sum(moved)::bigint AS balance_minor
        FROM (
            SELECT debit AS account, currency, amount_minor AS moved, order_id FROM ledger_entry
            UNION ALL
            SELECT credit, currency, -amount_minor, order_id FROM ledger_entry
        ) AS moves
        WHERE $1::uuid IS NULL OR order_id = $1
        GROUP BY account, currency ORDER BY account, currency
        """,
        order_id,
    )
    return [as_struct(Balance, record) for record in records]
