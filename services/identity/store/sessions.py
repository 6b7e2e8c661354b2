"""Who is logged in, in which browser."""

from datetime import datetime
from uuid import UUID

from chassis.database import Connection, maybe_struct
from services.identity.domain.tokens import Session


async def insert_session(tx: Connection, session: Session, cookie_hash: bytes) -> None:
    """Log somebody in."""
    await tx.execute(
        """
        INSERT INTO session (session_id, cookie_hash, account_id, authenticated_at, ends_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        session.session_id,
        cookie_hash,
        session.account_id,
        session.authenticated_at,
        session.ends_at,
    )


async def renew_session(
    tx: Connection, session: Session, *, former_hash: bytes, cookie_hash: bytes
) -> bool:
    """Let somebody who logs in again go on with the session that they had; False if they had none here.

    Its id stays, so that apps which they use stay logged in, and are logged out with it.
    """
    return bool(
        await tx.fetchval(
            """
            UPDATE session SET cookie_hash = $3, authenticated_at = $4, ends_at = $5
            WHERE cookie_hash = $1 AND account_id = $2
            RETURNING true
            """,
            former_hash,
            session.account_id,
            cookie_hash,
            session.authenticated_at,
            session.ends_at,
        )
    )


async def get_session(
    connection: Connection, cookie_hash: bytes, *, now: datetime
) -> Session | None:
    """Who is logged in with this cookie now."""
    record = await connection.fetchrow(
        """
        SELECT session_id, account_id, authenticated_at, ends_at
        FROM session WHERE cookie_hash = $1 AND ends_at > $2
        """,
        cookie_hash,
        now,
    )
    return maybe_struct(Session, record)


async def hold_session(tx: Connection, session_id: UUID, *, now: datetime) -> bool:
    """Whether somebody is still logged in, and stays so until `tx` ends.

    Waits for a logout or a new password: what follows from the session must not outlive it.
    """
    return bool(
        await tx.fetchval(
            "SELECT true FROM session WHERE session_id = $1 AND ends_at > $2 FOR SHARE",
            session_id,
            now,
        )
    )


async def delete_session(tx: Connection, cookie_hash: bytes) -> UUID | None:
    """Log somebody out; returns which session it was."""
    session_id: UUID | None = await tx.fetchval(
        "DELETE FROM session WHERE cookie_hash = $1 RETURNING session_id", cookie_hash
    )
    return session_id


async def delete_sessions_of(tx: Connection, account_id: UUID, *, but: UUID | None = None) -> None:
    """Log somebody out everywhere, but in the session where they ask for it."""
    await tx.execute(
        "DELETE FROM session WHERE account_id = $1 AND ($2::uuid IS NULL OR session_id <> $2)",
        account_id,
        but,
    )


async def prune(tx: Connection, *, now: datetime, limit: int) -> int:
    """Forget sessions that are over; returns how many."""
    gone: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM session WHERE session_id IN (
                SELECT session_id FROM session WHERE ends_at <= $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        now,
        limit,
    )
    return gone
