"""Passkeys, and what browsers have to sign."""

from datetime import datetime
from uuid import UUID

from chassis.database import Connection, as_struct, maybe_struct
from services.identity.domain.passkeys import Challenge, Passkey


async def save_challenge(tx: Connection, challenge: Challenge) -> None:
    """Remember what a browser has to sign, instead of what it had to before."""
    await tx.execute(
        """
        INSERT INTO passkey_challenge (cookie_hash, challenge, account_id, expires_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (cookie_hash) DO UPDATE SET
            challenge = excluded.challenge, account_id = excluded.account_id,
            expires_at = excluded.expires_at
        """,
        challenge.cookie_hash,
        challenge.challenge,
        challenge.account_id,
        challenge.expires_at,
    )


async def take_challenge(
    tx: Connection, cookie_hash: bytes, account_id: UUID | None, *, now: datetime
) -> bytes | None:
    """Use up what a browser had to sign, for this account or to log in; None if there is nothing (any more)."""
    challenge: bytes | None = await tx.fetchval(
        """
        DELETE FROM passkey_challenge
        WHERE cookie_hash = $1 AND account_id IS NOT DISTINCT FROM $2 AND expires_at > $3
        RETURNING challenge
        """,
        cookie_hash,
        account_id,
        now,
    )
    return challenge


async def insert_passkey(tx: Connection, passkey: Passkey) -> bool:
    """Keep a new one; False if its credential is known already, here or in another account."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO passkey (passkey_id, account_id, credential_id, public_key, sign_count, name, added_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT ON CONSTRAINT one_passkey_per_credential DO NOTHING
            RETURNING true
            """,
            passkey.passkey_id,
            passkey.account_id,
            passkey.credential_id,
            passkey.public_key,
            passkey.sign_count,
            passkey.name,
            passkey.added_at,
        )
    )


async def get_passkeys(connection: Connection, account_id: UUID) -> list[Passkey]:
    """All of somebody's, the oldest first."""
    records = await connection.fetch(
        """
        SELECT passkey_id, account_id, credential_id, public_key, sign_count, name, added_at, used_at, doubted_at
        FROM passkey WHERE account_id = $1 ORDER BY added_at, passkey_id
        """,
        account_id,
    )
    return [as_struct(Passkey, record) for record in records]


async def lock_passkey(tx: Connection, credential_id: bytes) -> Passkey | None:
    """The one with this credential, locked until `tx` ends: its count is compared and saved."""
    record = await tx.fetchrow(
        """
        SELECT passkey_id, account_id, credential_id, public_key, sign_count, name, added_at, used_at, doubted_at
        FROM passkey WHERE credential_id = $1
        FOR NO KEY UPDATE
        """,
        credential_id,
    )
    return maybe_struct(Passkey, record)


async def save_use(tx: Connection, passkey_id: UUID, count: int, *, now: datetime) -> None:
    """Somebody logged in with it."""
    await tx.execute(
        "UPDATE passkey SET sign_count = $2, used_at = $3 WHERE passkey_id = $1",
        passkey_id,
        count,
        now,
    )


async def save_doubt(tx: Connection, passkey_id: UUID, *, now: datetime) -> None:
    """Its count went backwards."""
    await tx.execute("UPDATE passkey SET doubted_at = $2 WHERE passkey_id = $1", passkey_id, now)


async def delete_passkey(tx: Connection, account_id: UUID, passkey_id: UUID) -> bool:
    """Take one away; False if it is not there, or somebody else's."""
    return bool(
        await tx.fetchval(
            "DELETE FROM passkey WHERE account_id = $1 AND passkey_id = $2 RETURNING true",
            account_id,
            passkey_id,
        )
    )


async def prune(tx: Connection, *, now: datetime, limit: int) -> int:
    """Forget what was never signed; returns how many."""
    gone: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM passkey_challenge WHERE cookie_hash IN (
                SELECT cookie_hash FROM passkey_challenge WHERE expires_at <= $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        now,
        limit,
    )
    return gone
