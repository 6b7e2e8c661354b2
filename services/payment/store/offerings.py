"""The small copy of what the catalogue tells."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from chassis.database import Connection, maybe_struct
from contracts.fact import Translated
from services.payment.domain.invoices import Offering


async def get_offering(connection: Connection, offering_id: UUID) -> Offering | None:
    """What an invoice says about an offering."""
    record = await connection.fetchrow(
        """
        SELECT offering_id, version, class_number, title, vat_rate, vat_reason, starts_at
        FROM offering WHERE offering_id = $1
        """,
        offering_id,
    )
    return maybe_struct(Offering, record)


async def get_titles(
    connection: Connection, offering_ids: Iterable[UUID]
) -> dict[UUID, Translated]:
    """What offerings are called."""
    records = await connection.fetch(
        "SELECT offering_id, title FROM offering WHERE offering_id = ANY($1::uuid[])",
        list(offering_ids),
    )
    return {each["offering_id"]: msgspec.convert(each["title"], Translated) for each in records}


async def save_offering(tx: Connection, offering: Offering) -> bool:
    """Keep this version, unless a later one is known. Returns whether it was kept."""
    kept = await tx.fetchval(
        """
        INSERT INTO offering (offering_id, version, class_number, title, vat_rate, vat_reason, starts_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (offering_id) DO UPDATE SET
            version = excluded.version, class_number = excluded.class_number, title = excluded.title,
            vat_rate = excluded.vat_rate, vat_reason = excluded.vat_reason, starts_at = excluded.starts_at
        WHERE offering.version < excluded.version
        RETURNING true
        """,
        offering.offering_id,
        offering.version,
        offering.class_number,
        offering.title,
        offering.vat_rate,
        offering.vat_reason,
        offering.starts_at,
    )
    return bool(kept)
