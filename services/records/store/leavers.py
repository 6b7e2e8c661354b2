"""People who are forgotten."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Connection


async def forget_person(tx: Connection, account_id: UUID, *, now: datetime) -> None:
    """Forget somebody's name, and that it ever comes back, whether they are known yet or not."""
    await tx.execute(
        """
        INSERT INTO person (account_id, version, erased_at) VALUES ($1, 0, $2)
        ON CONFLICT (account_id) DO UPDATE
        SET name = NULL, language = NULL, erased_at = excluded.erased_at
        """,
        account_id,
        now,
    )


async def get_erased(connection: Connection, account_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these people who were forgotten."""
    records = await connection.fetch(
        "SELECT account_id FROM person WHERE account_id = ANY($1::uuid[]) AND erased_at IS NOT NULL",
        list(account_ids),
    )
    return {record["account_id"] for record in records}


async def get_dossier_ids(connection: Connection, learner_id: UUID) -> list[UUID]:
    """Somebody's dossiers, by id."""
    records = await connection.fetch(
        "SELECT enrolment_id FROM dossier WHERE learner_id = $1 ORDER BY enrolment_id", learner_id
    )
    return [record["enrolment_id"] for record in records]


async def forget_reasons(tx: Connection, enrolment_ids: Sequence[UUID]) -> None:
    """Forget in whose words results were corrected and documents taken back; the dossiers are locked."""
    await tx.execute(
        "UPDATE result SET reason = '' WHERE enrolment_id = ANY($1::uuid[]) AND reason IS NOT NULL",
        enrolment_ids,
    )
    await tx.execute(
        """
        UPDATE document SET revoked_reason = NULL
        WHERE enrolment_id = ANY($1::uuid[]) AND revoked_reason IS NOT NULL
        """,
        enrolment_ids,
    )


async def erase_documents(
    tx: Connection, enrolment_ids: Sequence[UUID], *, by: UUID, now: datetime
) -> None:
    """Erase what was printed, and print nothing more; the dossiers are locked. Numbers and codes stay."""
    await tx.execute(
        """
        DELETE FROM document_file USING document
        WHERE document_file.document_id = document.document_id
          AND document.enrolment_id = ANY($1::uuid[])
        """,
        enrolment_ids,
    )
    await tx.execute(
        """
        UPDATE document
        SET printed = NULL, language = NULL, leased_until = NULL, erased_at = $3,
            revoked_at = coalesce(revoked_at, $3), revoked_why = coalesce(revoked_why, 'erased'),
            revoked_by = coalesce(revoked_by, $2), state = 'revoked'
        WHERE enrolment_id = ANY($1::uuid[])
        """,
        enrolment_ids,
        by,
        now,
    )
