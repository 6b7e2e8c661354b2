"""Codes, and families of refresh tokens."""

from datetime import datetime
from uuid import UUID

from chassis.database import Connection, maybe_struct
from services.identity.domain.tokens import Code, Family, RefreshToken


async def insert_code(tx: Connection, code: Code) -> None:
    """Keep a code until it is redeemed."""
    await tx.execute(
        """
        INSERT INTO authorization_code (
            code_hash, client_id, account_id, session_id, redirect_uri, scopes, nonce, code_challenge,
            authenticated_at, session_ends_at, expires_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        code.code_hash,
        code.client_id,
        code.account_id,
        code.session_id,
        code.redirect_uri,
        code.scopes,
        code.nonce,
        code.code_challenge,
        code.authenticated_at,
        code.session_ends_at,
        code.expires_at,
    )


async def get_session_of_code(connection: Connection, code_hash: bytes) -> UUID | None:
    """The session that a code came from; it is locked before the code is."""
    session_id: UUID | None = await connection.fetchval(
        "SELECT session_id FROM authorization_code WHERE code_hash = $1", code_hash
    )
    return session_id


async def lock_code(tx: Connection, code_hash: bytes) -> Code | None:
    """Read a code and lock its row until `tx` ends: it is redeemed once."""
    record = await tx.fetchrow(
        """
        SELECT code_hash, client_id, account_id, session_id, redirect_uri, scopes, nonce, code_challenge,
               authenticated_at, session_ends_at, expires_at, used_at, family_id
        FROM authorization_code WHERE code_hash = $1
        FOR UPDATE
        """,
        code_hash,
    )
    return maybe_struct(Code, record)


async def save_used_code(tx: Connection, code: Code) -> None:
    """Record what a code became."""
    await tx.execute(
        "UPDATE authorization_code SET used_at = $2, family_id = $3 WHERE code_hash = $1",
        code.code_hash,
        code.used_at,
        code.family_id,
    )


async def insert_family(tx: Connection, family: Family) -> None:
    """Begin a family."""
    await tx.execute(
        """
        INSERT INTO token_family (
            family_id, client_id, account_id, session_id, scopes, authenticated_at, ends_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        family.family_id,
        family.client_id,
        family.account_id,
        family.session_id,
        family.scopes,
        family.authenticated_at,
        family.ends_at,
    )


async def lock_family_of(tx: Connection, token_hash: bytes) -> Family | None:
    """Lock the family of a refresh token until `tx` ends: two that refresh at once come one after the other."""
    record = await tx.fetchrow(
        """
        SELECT f.family_id, f.client_id, f.account_id, f.session_id, f.scopes, f.authenticated_at, f.ends_at,
               f.revoked_at, f.revoked_why
        FROM refresh_token AS r JOIN token_family AS f USING (family_id)
        WHERE r.token_hash = $1
        FOR UPDATE OF f
        """,
        token_hash,
    )
    return maybe_struct(Family, record)


async def get_refresh_token(tx: Connection, token_hash: bytes) -> RefreshToken | None:
    """A refresh token, under the lock of its family."""
    record = await tx.fetchrow(
        "SELECT token_hash, family_id, expires_at, used_at FROM refresh_token WHERE token_hash = $1",
        token_hash,
    )
    return maybe_struct(RefreshToken, record)


async def insert_refresh_token(tx: Connection, token: RefreshToken) -> None:
    """Keep the one that is good now."""
    await tx.execute(
        "INSERT INTO refresh_token (token_hash, family_id, expires_at) VALUES ($1, $2, $3)",
        token.token_hash,
        token.family_id,
        token.expires_at,
    )


async def save_used_token(tx: Connection, token: RefreshToken) -> None:
    """Record that a refresh token was used up. Its row stays, so that a second use is noticed."""
    await tx.execute(
        "UPDATE refresh_token SET used_at = $2 WHERE token_hash = $1",
        token.token_hash,
        token.used_at,
    )


async def revoke_family(tx: Connection, family_id: UUID, *, why: str, now: datetime) -> None:
    """End one family."""
    await tx.execute(
        """
        UPDATE token_family SET revoked_at = $2, revoked_why = $3
        WHERE family_id = $1 AND revoked_at IS NULL
        """,
        family_id,
        now,
        why,
    )


async def revoke_families_of_session(
    tx: Connection, session_id: UUID, *, why: str, now: datetime
) -> None:
    """End what a logout ends; families that were promised to outlive it stay."""
    await tx.execute(
        """
        UPDATE token_family SET revoked_at = $2, revoked_why = $3
        WHERE session_id = $1 AND revoked_at IS NULL AND NOT ('offline_access' = ANY(scopes))
        """,
        session_id,
        now,
        why,
    )


async def revoke_families_of_account(
    tx: Connection, account_id: UUID, *, why: str, now: datetime, but_session: UUID | None = None
) -> None:
    """End all of somebody's, but those of the session where they ask for it."""
    await tx.execute(
        """
        UPDATE token_family SET revoked_at = $2, revoked_why = $3
        WHERE account_id = $1 AND revoked_at IS NULL AND ($4::uuid IS NULL OR session_id <> $4)
        """,
        account_id,
        now,
        why,
        but_session,
    )


async def prune(
    tx: Connection, *, codes_before: datetime, families_before: datetime, limit: int
) -> int:
    """Forget codes and families that are over; refresh tokens go with their family. Returns how many."""
    codes: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM authorization_code WHERE code_hash IN (
                SELECT code_hash FROM authorization_code WHERE expires_at < $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        codes_before,
        limit,
    )
    families: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM token_family WHERE family_id IN (
                SELECT family_id FROM token_family WHERE ends_at < $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        families_before,
        limit,
    )
    return codes + families
