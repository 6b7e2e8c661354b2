"""Who holds which role, and who held which."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Connection, as_struct
from contracts.identity import Role
from services.identity.domain.roles import Grant


async def get_grants(connection: Connection, account_ids: Sequence[UUID]) -> list[Grant]:
    """Every role that these people hold or held, in order of time."""
    records = await connection.fetch(
        """
        SELECT account_id, role, granted_at, granted_how, granted_by, revoked_at, revoked_by
        FROM role_grant WHERE account_id = ANY($1::uuid[])
        ORDER BY grant_id
        """,
        account_ids,
    )
    return [as_struct(Grant, record) for record in records]


async def insert_grant(tx: Connection, grant: Grant) -> None:
    """Give somebody a role."""
    await tx.execute(
        """
        INSERT INTO role_grant (account_id, role, granted_at, granted_how, granted_by)
        VALUES ($1, $2, $3, $4, $5)
        """,
        grant.account_id,
        grant.role,
        grant.granted_at,
        grant.granted_how,
        grant.granted_by,
    )


async def lock_administrators(tx: Connection) -> int:
    """How many administrators there are; none comes or goes until `tx` ends.

    An advisory lock: two who take the role from each other at once must not both succeed.
    """
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('identity.administrators', 0))")
    administrators: int = await tx.fetchval(
        "SELECT count(*) FROM role_grant WHERE role = 'administrator' AND revoked_at IS NULL"
    )
    return administrators


async def end_grant(
    tx: Connection, account_id: UUID, role: Role, *, by: UUID | None, now: datetime
) -> None:
    """Take a role away; the row stays and says by whom."""
    await tx.execute(
        """
        UPDATE role_grant SET revoked_at = $3, revoked_by = $4
        WHERE account_id = $1 AND role = $2 AND revoked_at IS NULL
        """,
        account_id,
        role,
        now,
        by,
    )


async def end_grants(tx: Connection, account_id: UUID, *, now: datetime) -> None:
    """Take all roles away from somebody who leaves for good."""
    await tx.execute(
        "UPDATE role_grant SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        account_id,
        now,
    )
