"""The issuer's keys."""

from collections.abc import Iterable
from datetime import datetime

from chassis.database import Connection, as_struct
from services.identity.domain.keys import SigningKey


async def get_keys(connection: Connection) -> list[SigningKey]:
    """All keys that there are."""
    records = await connection.fetch(
        "SELECT kid, public_jwk, locked_private_key, signs_from, published_until FROM signing_key"
    )
    return [as_struct(SigningKey, record) for record in records]


async def lock_keys(tx: Connection) -> list[SigningKey]:
    """All keys that there are; none comes until `tx` ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('identity.signing_key', 0))")
    return await get_keys(tx)


async def save_keys(tx: Connection, keys: Iterable[SigningKey]) -> None:
    """Insert keys, or change when they end."""
    await tx.executemany(
        """
        INSERT INTO signing_key (kid, public_jwk, locked_private_key, signs_from, published_until)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (kid) DO UPDATE SET published_until = excluded.published_until
        """,
        [
            (
                key.kid,
                key.public_jwk,
                key.locked_private_key,
                key.signs_from,
                key.published_until,
            )
            for key in keys
        ],
    )


async def prune(tx: Connection, *, now: datetime) -> int:
    """Destroy keys that are not published any more; returns how many."""
    gone: int = await tx.fetchval(
        """
        WITH gone AS (DELETE FROM signing_key WHERE published_until <= $1 RETURNING 1)
        SELECT count(*) FROM gone
        """,
        now,
    )
    return gone
