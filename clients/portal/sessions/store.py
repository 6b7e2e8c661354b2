"""Every SQL statement of the portal."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection
from clients.portal.sessions.domain import Session


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A session as the database has it."""

    cookie_hash: bytes
    sealed: bytes
    generation: int
    started_at: datetime
    seen_at: datetime
    ends_at: datetime


async def get_session(connection: Connection, cookie_hash: bytes) -> Row | None:
    """Read one session, over or not."""
    row = await connection.fetchrow(
        """
        SELECT cookie_hash, sealed, generation, started_at, seen_at, ends_at
        FROM session WHERE cookie_hash = $1
        """,
        cookie_hash,
    )
    return None if row is None else Row(**dict(row))


async def lock_session(tx: Connection, cookie_hash: bytes) -> Row | None:
    """Read one session and lock its row until `tx` ends."""
    row = await tx.fetchrow(
        """
        SELECT cookie_hash, sealed, generation, started_at, seen_at, ends_at
        FROM session WHERE cookie_hash = $1
        FOR UPDATE
        """,
        cookie_hash,
    )
    return None if row is None else Row(**dict(row))


async def save_content(tx: Connection, cookie_hash: bytes, sealed: bytes) -> None:
    """Put something else into a session whose row is locked; its tokens stay the same."""
    await tx.execute("UPDATE session SET sealed = $2 WHERE cookie_hash = $1", cookie_hash, sealed)


class Visits(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which somebody is logged in."""

    started_at: datetime
    seen_at: datetime
    ends_at: datetime


async def list_visits_of(connection: Connection, account_id: UUID) -> list[Visits]:
    """In which browsers somebody is logged in, since when."""
    rows = await connection.fetch(
        "SELECT started_at, seen_at, ends_at FROM session WHERE account_id = $1 ORDER BY started_at",
        account_id,
    )
    return [Visits(**dict(row)) for row in rows]


async def end_sessions_of(tx: Connection, account_id: UUID) -> None:
    """Forget somebody in all browsers."""
    await tx.execute("DELETE FROM session WHERE account_id = $1", account_id)


async def add_session(tx: Connection, session: Session, sealed: bytes) -> None:
    """Put in a new session."""
    await tx.execute(
        """
        INSERT INTO session (cookie_hash, account_id, sealed, generation, started_at, seen_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        session.cookie_hash,
        session.person.account_id,
        sealed,
        session.generation,
        session.started_at,
        session.seen_at,
        session.ends_at,
    )


async def note_visit(tx: Connection, cookie_hash: bytes, *, now: datetime) -> None:
    """Somebody has opened a page."""
    await tx.execute(
        "UPDATE session SET seen_at = $2 WHERE cookie_hash = $1 AND seen_at < $2", cookie_hash, now
    )


async def claim_renewal(
    tx: Connection, cookie_hash: bytes, generation: int, *, until: datetime, now: datetime
) -> bool:
    """Become the only one who renews these tokens until then; False if they are being or were renewed."""
    return bool(
        await tx.fetchval(
            """
            UPDATE session SET refreshing_until = $3
            WHERE cookie_hash = $1 AND generation = $2
                AND (refreshing_until IS NULL OR refreshing_until <= $4)
            RETURNING true
            """,
            cookie_hash,
            generation,
            until,
            now,
        )
    )


async def save_renewed(tx: Connection, cookie_hash: bytes, generation: int, sealed: bytes) -> None:
    """Put the new tokens in the place of the old ones."""
    await tx.execute(
        """
        UPDATE session SET sealed = $3, generation = generation + 1, refreshing_until = NULL
        WHERE cookie_hash = $1 AND generation = $2
        """,
        cookie_hash,
        generation,
        sealed,
    )


async def give_up_renewal(tx: Connection, cookie_hash: bytes, generation: int) -> None:
    """Let somebody else try."""
    await tx.execute(
        "UPDATE session SET refreshing_until = NULL WHERE cookie_hash = $1 AND generation = $2",
        cookie_hash,
        generation,
    )


async def end_session(tx: Connection, cookie_hash: bytes) -> None:
    """Forget a session."""
    await tx.execute("DELETE FROM session WHERE cookie_hash = $1", cookie_hash)


async def forget_sessions(
    tx: Connection, *, ended_by: datetime, not_seen_since: datetime, limit: int
) -> int:
    """Forget a portion of those that are over; returns how many."""
    return int(
        await tx.fetchval(
            """
            WITH gone AS (
                DELETE FROM session WHERE cookie_hash IN (
                    SELECT cookie_hash FROM session WHERE ends_at <= $1 OR seen_at <= $2 LIMIT $3
                    FOR UPDATE SKIP LOCKED
                ) RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            ended_by,
            not_seen_since,
            limit,
        )
    )
