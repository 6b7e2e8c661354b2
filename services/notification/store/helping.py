"""Requests for help, and the copies of programmes that say who answers them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Connection, as_struct, maybe_struct
from contracts.catalogue import ProgrammeDescribed
from services.notification.domain.helping import HelpRequest, Programme


async def save_programmes(tx: Connection, told: Sequence[ProgrammeDescribed]) -> None:
    """Keep the newest state of each of these programmes."""
    newest = {each.code: each for each in sorted(told, key=lambda each: each.version)}
    programmes = [newest[code] for code in sorted(newest)]
    await tx.execute(
        """
        INSERT INTO programme (code, version, name, contact)
        SELECT code, version, name, contact
        FROM unnest($1::text[], $2::integer[], $3::jsonb[], $4::text[])
             AS told (code, version, name, contact)
        ON CONFLICT (code) DO UPDATE SET
            version = excluded.version, name = excluded.name, contact = excluded.contact
        WHERE programme.version < excluded.version
        """,
        [each.code for each in programmes],
        [each.version for each in programmes],
        [each.title for each in programmes],
        [each.contact for each in programmes],
    )


async def get_programme(connection: Connection, code: str) -> Programme | None:
    """One programme, if the catalogue has told it."""
    record = await connection.fetchrow(
        "SELECT code, version, name, contact FROM programme WHERE code = $1", code
    )
    return maybe_struct(Programme, record)


async def is_erased(tx: Connection, account_id: UUID) -> bool:
    """Whether somebody has been forgotten; nobody is while `tx` is open."""
    erased = await tx.fetchval(
        "SELECT erased_at IS NOT NULL FROM person WHERE account_id = $1 FOR SHARE", account_id
    )
    return bool(erased)


async def insert_request(tx: Connection, request: HelpRequest) -> None:
    """Keep what somebody asked."""
    await tx.execute(
        """
        INSERT INTO help_request (
            help_request_id, account_id, name, student_number, programme, programme_name, course,
            offering_id, problem, contact, asked_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        request.help_request_id,
        request.account_id,
        request.name,
        request.student_number,
        request.programme,
        request.programme_name,
        request.course,
        request.offering_id,
        request.problem,
        request.contact,
        request.asked_at,
    )


async def get_requests(
    connection: Connection, help_request_ids: Sequence[UUID]
) -> dict[UUID, HelpRequest]:
    """These requests, without those of whoever was forgotten."""
    records = await connection.fetch(
        """
        SELECT help_request_id, account_id, name, student_number, programme, programme_name, course,
               offering_id, problem, contact, asked_at
        FROM help_request WHERE help_request_id = ANY($1::uuid[]) AND erased_at IS NULL
        """,
        help_request_ids,
    )
    return {record["help_request_id"]: as_struct(HelpRequest, record) for record in records}


async def list_of_person(
    connection: Connection, account_id: UUID, *, before: UUID | None, limit: int
) -> list[HelpRequest]:
    """What somebody asked, the latest first."""
    records = await connection.fetch(
        """
        SELECT help_request_id, account_id, name, student_number, programme, programme_name, course,
               offering_id, problem, contact, asked_at
        FROM help_request
        WHERE account_id = $1 AND erased_at IS NULL AND ($2::uuid IS NULL OR help_request_id < $2)
        ORDER BY help_request_id DESC LIMIT $3
        """,
        account_id,
        before,
        limit,
    )
    return [as_struct(HelpRequest, record) for record in records]


async def forget_requests(tx: Connection, account_id: UUID, now: datetime) -> None:
    """Forget what somebody asked; that they did stays, beside the mails about it."""
    await tx.execute(
        """
        UPDATE help_request
        SET name = NULL, student_number = NULL, programme = NULL, programme_name = NULL, course = NULL,
            offering_id = NULL, problem = NULL, erased_at = $2
        WHERE account_id = $1 AND erased_at IS NULL
        """,
        account_id,
        now,
    )
