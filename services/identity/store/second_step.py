"""Second steps, recovery codes, and logins that wait for a code."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Connection, maybe_struct
from services.identity.domain.second_step import HalfLogin, SecondStep


async def get_step(connection: Connection, account_id: UUID) -> SecondStep | None:
    """Somebody's second step, confirmed or not."""
    record = await connection.fetchrow(
        """
        SELECT account_id, locked_secret, begun_at, confirmed_at, last_used
        FROM second_step WHERE account_id = $1
        """,
        account_id,
    )
    return maybe_struct(SecondStep, record)


async def lock_step(tx: Connection, account_id: UUID) -> SecondStep | None:
    """The same, locked until `tx` ends: a code is used once."""
    record = await tx.fetchrow(
        """
        SELECT account_id, locked_secret, begun_at, confirmed_at, last_used
        FROM second_step WHERE account_id = $1
        FOR NO KEY UPDATE
        """,
        account_id,
    )
    return maybe_struct(SecondStep, record)


async def begin_step(tx: Connection, step: SecondStep) -> bool:
    """Keep a new secret; False if a confirmed one is there, which stays."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO second_step (account_id, locked_secret, begun_at) VALUES ($1, $2, $3)
            ON CONFLICT (account_id) DO UPDATE
            SET locked_secret = excluded.locked_secret, begun_at = excluded.begun_at
            WHERE second_step.confirmed_at IS NULL
            RETURNING true
            """,
            step.account_id,
            step.locked_secret,
            step.begun_at,
        )
    )


async def save_use(tx: Connection, account_id: UUID, step: int, *, now: datetime) -> None:
    """A code was right; the first one confirms."""
    await tx.execute(
        """
        UPDATE second_step SET last_used = $2, confirmed_at = coalesce(confirmed_at, $3)
        WHERE account_id = $1
        """,
        account_id,
        step,
        now,
    )


async def delete_step(tx: Connection, account_id: UUID) -> bool:
    """Take a second step away, with its recovery codes; False if there was no confirmed one."""
    return bool(
        await tx.fetchval(
            "DELETE FROM second_step WHERE account_id = $1 RETURNING confirmed_at IS NOT NULL",
            account_id,
        )
    )


async def insert_recovery_codes(tx: Connection, account_id: UUID, hashes: Sequence[bytes]) -> None:
    """Keep fresh recovery codes."""
    await tx.execute(
        "INSERT INTO recovery_code (account_id, code_hash) SELECT $1, unnest($2::bytea[])",
        account_id,
        hashes,
    )


async def take_recovery_code(tx: Connection, account_id: UUID, code_hash: bytes) -> bool:
    """Use one up; False if there is none like it."""
    return bool(
        await tx.fetchval(
            "DELETE FROM recovery_code WHERE account_id = $1 AND code_hash = $2 RETURNING true",
            account_id,
            code_hash,
        )
    )


async def count_recovery_codes(connection: Connection, account_id: UUID) -> int:
    """How many are left."""
    left: int = await connection.fetchval(
        "SELECT count(*) FROM recovery_code WHERE account_id = $1", account_id
    )
    return left


async def insert_half_login(tx: Connection, half: HalfLogin) -> None:
    """Remember that only the code is missing."""
    await tx.execute(
        "INSERT INTO half_login (cookie_hash, account_id, expires_at) VALUES ($1, $2, $3)",
        half.cookie_hash,
        half.account_id,
        half.expires_at,
    )


async def get_half_login(
    connection: Connection, cookie_hash: bytes, *, now: datetime
) -> HalfLogin | None:
    """Whose code is missing in this browser."""
    record = await connection.fetchrow(
        """
        SELECT cookie_hash, account_id, expires_at FROM half_login
        WHERE cookie_hash = $1 AND expires_at > $2
        """,
        cookie_hash,
        now,
    )
    return maybe_struct(HalfLogin, record)


async def take_half_login(tx: Connection, cookie_hash: bytes) -> bool:
    """Use it up; False if a new password has ended it meanwhile."""
    return bool(
        await tx.fetchval(
            "DELETE FROM half_login WHERE cookie_hash = $1 RETURNING true", cookie_hash
        )
    )


async def delete_half_logins_of(tx: Connection, account_id: UUID) -> None:
    """Whoever gave the old password begins again."""
    await tx.execute("DELETE FROM half_login WHERE account_id = $1", account_id)


async def prune(tx: Connection, *, now: datetime, limit: int) -> int:
    """Forget logins whose code never came; returns how many."""
    gone: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM half_login WHERE cookie_hash IN (
                SELECT cookie_hash FROM half_login WHERE expires_at <= $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        now,
        limit,
    )
    return gone
