"""Invoices and credit notes, and the numbers that they get."""

from collections.abc import Iterable
from uuid import UUID

from chassis.database import Connection, as_struct, maybe_struct
from services.payment.domain.invoices import Invoice, Kind, Place


async def next_place(tx: Connection, kind: Kind, year: int) -> Place:
    """The next number of a series. Others wait for `tx`; if it fails, its number goes to the next."""
    sequence = await tx.fetchval(
        """
        INSERT INTO number_series (kind, year, last) VALUES ($1, $2, 1)
        ON CONFLICT (kind, year) DO UPDATE SET last = number_series.last + 1
        RETURNING last
        """,
        kind,
        year,
    )
    return Place(kind=kind, year=year, sequence=sequence)


async def insert_invoice(tx: Connection, invoice: Invoice) -> None:
    """Write a document that is new. Its PDF is set after `tx`."""
    await tx.execute(
        """
        INSERT INTO invoice (
            invoice_id, order_id, kind, year, sequence, number, reference, buyer, class_number, title,
            amount_minor, vat_minor, currency, vat_rate, vat_reason, issued_at, due_at, paid_at, credits_id,
            credited_number
        ) VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
        )
        """,
        invoice.invoice_id,
        invoice.order_id,
        invoice.kind,
        invoice.year,
        invoice.sequence,
        invoice.number,
        invoice.reference,
        invoice.buyer,
        invoice.class_number,
        invoice.title,
        invoice.amount_minor,
        invoice.vat_minor,
        invoice.currency,
        invoice.vat_rate,
        invoice.vat_reason,
        invoice.issued_at,
        invoice.due_at,
        invoice.paid_at,
        invoice.credits_id,
        invoice.credited_number,
    )


async def save_credited(tx: Connection, invoice: Invoice) -> None:
    """Write how much of an invoice credit notes have taken back."""
    await tx.execute(
        "UPDATE invoice SET credited_minor = $2 WHERE invoice_id = $1",
        invoice.invoice_id,
        invoice.credited_minor,
    )


async def get_invoice(connection: Connection, invoice_id: UUID) -> Invoice | None:
    """Read one document."""
    record = await connection.fetchrow(
        """
        SELECT invoice_id, order_id, kind, year, sequence, number, reference, buyer, class_number, title,
               amount_minor, vat_minor, currency, vat_rate, vat_reason, issued_at, due_at, paid_at, credits_id,
               credited_number, credited_minor
        FROM invoice WHERE invoice_id = $1
        """,
        invoice_id,
    )
    return maybe_struct(Invoice, record)


async def get_pdf(connection: Connection, invoice_id: UUID) -> bytes | None:
    """The document itself; None while it is being set."""
    pdf: bytes | None = await connection.fetchval(
        "SELECT pdf FROM invoice WHERE invoice_id = $1", invoice_id
    )
    return pdf


async def save_pdf(tx: Connection, invoice_id: UUID, pdf: bytes) -> bool:
    """Keep a document. Returns whether it is the first one that was set; only that one is sent."""
    first = await tx.fetchval(
        "UPDATE invoice SET pdf = $2 WHERE invoice_id = $1 AND pdf IS NULL RETURNING true",
        invoice_id,
        pdf,
    )
    return bool(first)


async def get_standing_invoice(tx: Connection, order_id: UUID) -> Invoice | None:
    """The invoice of an order that is not wholly credited; read under the order's lock. There is one at most."""
    record = await tx.fetchrow(
        """
        SELECT invoice_id, order_id, kind, year, sequence, number, reference, buyer, class_number, title,
               amount_minor, vat_minor, currency, vat_rate, vat_reason, issued_at, due_at, paid_at, credits_id,
               credited_number, credited_minor
        FROM invoice WHERE order_id = $1 AND kind = 'invoice' AND credited_minor < amount_minor
        """,
        order_id,
    )
    return maybe_struct(Invoice, record)


async def find_invoice(
    connection: Connection, *, reference: str | None, number: str | None
) -> Invoice | None:
    """The invoice that a payer names, by its reference or else by its number."""
    record = await connection.fetchrow(
        """
        SELECT invoice_id, order_id, kind, year, sequence, number, reference, buyer, class_number, title,
               amount_minor, vat_minor, currency, vat_rate, vat_reason, issued_at, due_at, paid_at, credits_id,
               credited_number, credited_minor
        FROM invoice WHERE kind = 'invoice' AND (reference = $1 OR number = $2)
        ORDER BY reference = $1 DESC NULLS LAST LIMIT 1
        """,
        reference,
        number,
    )
    return maybe_struct(Invoice, record)


async def list_invoices(connection: Connection, order_ids: Iterable[UUID]) -> list[Invoice]:
    """The documents of orders, in the order in which they were issued."""
    records = await connection.fetch(
        """
        SELECT invoice_id, order_id, kind, year, sequence, number, reference, buyer, class_number, title,
               amount_minor, vat_minor, currency, vat_rate, vat_reason, issued_at, due_at, paid_at, credits_id,
               credited_number, credited_minor
        FROM invoice WHERE order_id = ANY($1::uuid[])
        ORDER BY issued_at, invoice_id
        """,
        list(order_ids),
    )
    return [as_struct(Invoice, record) for record in records]


async def find_to_set(connection: Connection, *, limit: int) -> list[UUID]:
    """Documents that have a number and no PDF yet, the oldest first."""
    records = await connection.fetch(
        "SELECT invoice_id FROM invoice WHERE pdf IS NULL ORDER BY issued_at LIMIT $1", limit
    )
    return [record["invoice_id"] for record in records]
