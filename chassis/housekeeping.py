"""What every service throws away when it is old."""

from typing import Any

_INBOX_DAYS = 45
"""Longer than the stream keeps facts: a replay must still be recognized."""
_IDEMPOTENCY_DAYS = 7
_PORTION = 5000


async def prune(parts: Any) -> int:
    """Delete a portion of old inbox claims and old answers; returns how many rows."""
    async with parts.db.reading() as connection:
        claims = await connection.fetchval(
            """
            WITH old AS (
                SELECT consumer, event_id FROM inbox
                WHERE claimed_at < now() - make_interval(days => $1) LIMIT $2
            ), gone AS (
                DELETE FROM inbox USING old
                WHERE inbox.consumer = old.consumer AND inbox.event_id = old.event_id
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            _INBOX_DAYS,
            _PORTION,
        )
        answers = await connection.fetchval(
            """
            WITH old AS (
                SELECT account_id, key FROM idempotency
                WHERE kept_at < now() - make_interval(days => $1) LIMIT $2
            ), gone AS (
                DELETE FROM idempotency USING old
                WHERE idempotency.account_id = old.account_id AND idempotency.key = old.key
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            _IDEMPOTENCY_DAYS,
            _PORTION,
        )
    return int(claims) + int(answers)
