"""Links in mails: sign-ups that wait for one, and new passwords."""

from datetime import datetime

from chassis.database import Connection, maybe_struct
from services.identity.domain.accounts import PasswordReset, SignUp


async def insert_sign_up(tx: Connection, signed_up: SignUp) -> None:
    """Keep what somebody filled in."""
    await tx.execute(
        """
        INSERT INTO sign_up (
            account_id, mail_address, name, language, password_hash, terms_version, signed_up_at,
            link_hash, expires_at, joins, issuer, subject, provider, organization, affiliation
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        signed_up.account_id,
        signed_up.mail_address,
        signed_up.name,
        signed_up.language,
        signed_up.password_hash,
        signed_up.terms_version,
        signed_up.signed_up_at,
        signed_up.link_hash,
        signed_up.expires_at,
        signed_up.joins,
        signed_up.issuer,
        signed_up.subject,
        signed_up.provider,
        signed_up.organization,
        signed_up.affiliation,
    )


async def get_sign_up(connection: Connection, link_hash: bytes) -> SignUp | None:
    """The sign-up that a link belongs to, as it is now."""
    record = await connection.fetchrow(
        """
        SELECT account_id, mail_address, name, language, password_hash, terms_version, signed_up_at,
               link_hash, expires_at, used_at, joins, issuer, subject, provider, organization, affiliation
        FROM sign_up WHERE link_hash = $1
        """,
        link_hash,
    )
    return maybe_struct(SignUp, record)


async def lock_sign_up(tx: Connection, link_hash: bytes) -> SignUp | None:
    """The same, locked until `tx` ends: a link is used once."""
    record = await tx.fetchrow(
        """
        SELECT account_id, mail_address, name, language, password_hash, terms_version, signed_up_at,
               link_hash, expires_at, used_at, joins, issuer, subject, provider, organization, affiliation
        FROM sign_up WHERE link_hash = $1
        FOR UPDATE
        """,
        link_hash,
    )
    return maybe_struct(SignUp, record)


async def save_used_sign_up(tx: Connection, signed_up: SignUp) -> None:
    """Record that the link was used. The password goes with the account and is not kept twice."""
    await tx.execute(
        "UPDATE sign_up SET used_at = $2, password_hash = NULL WHERE account_id = $1",
        signed_up.account_id,
        signed_up.used_at,
    )


async def insert_reset(tx: Connection, reset: PasswordReset) -> None:
    """Keep a link to a new password."""
    await tx.execute(
        "INSERT INTO password_reset (link_hash, account_id, expires_at) VALUES ($1, $2, $3)",
        reset.link_hash,
        reset.account_id,
        reset.expires_at,
    )


async def get_reset(connection: Connection, link_hash: bytes) -> PasswordReset | None:
    """A link to a new password, as it is now."""
    record = await connection.fetchrow(
        "SELECT link_hash, account_id, expires_at, used_at FROM password_reset WHERE link_hash = $1",
        link_hash,
    )
    return maybe_struct(PasswordReset, record)


async def lock_reset(tx: Connection, link_hash: bytes) -> PasswordReset | None:
    """The same, locked until `tx` ends: a link is used once."""
    record = await tx.fetchrow(
        """
        SELECT link_hash, account_id, expires_at, used_at FROM password_reset WHERE link_hash = $1
        FOR UPDATE
        """,
        link_hash,
    )
    return maybe_struct(PasswordReset, record)


async def use_up_resets(tx: Connection, reset: PasswordReset, *, now: datetime) -> None:
    """Use up this link and all others of the same account: each of them could undo the new password."""
    await tx.execute(
        "UPDATE password_reset SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL",
        reset.account_id,
        now,
    )


async def prune(
    tx: Connection, *, signed_up_before: datetime, expired_before: datetime, limit: int
) -> int:
    """Forget sign-ups and links that nobody can use any more; returns how many."""
    sign_ups: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM sign_up WHERE account_id IN (
                SELECT account_id FROM sign_up WHERE signed_up_at < $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        signed_up_before,
        limit,
    )
    resets: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM password_reset WHERE link_hash IN (
                SELECT link_hash FROM password_reset WHERE expires_at < $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        expired_before,
        limit,
    )
    return sign_ups + resets
