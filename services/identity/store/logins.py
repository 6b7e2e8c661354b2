"""Logins that a provider vouches for, people who are at a provider, and newcomers."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from services.identity.domain.logins import InstitutionalLogin, Newcomer, What
from services.identity.domain.providers import Proof, Visit


async def insert_visit(tx: Connection, visit: Visit) -> None:
    """Remember that somebody was sent to a provider."""
    await tx.execute(
        """
        INSERT INTO provider_visit (
            state_hash, cookie_hash, provider, wish, joins, is_fresh, began_at, expires_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        visit.state_hash,
        visit.cookie_hash,
        visit.provider,
        visit.wish,
        visit.joins,
        visit.is_fresh,
        visit.began_at,
        visit.expires_at,
    )


async def take_visit(tx: Connection, state_hash: bytes) -> Visit | None:
    """End a visit; whoever brings the same answer a second time finds none."""
    record = await tx.fetchrow(
        """
        DELETE FROM provider_visit WHERE state_hash = $1
        RETURNING state_hash, cookie_hash, provider, wish, joins, is_fresh, began_at, expires_at
        """,
        state_hash,
    )
    return maybe_struct(Visit, record)


async def save_newcomer(tx: Connection, newcomer: Newcomer) -> None:
    """Remember who stands at the door."""
    proof = newcomer.proof
    await tx.execute(
        """
        INSERT INTO newcomer (
            cookie_hash, issuer, subject, provider, organization, affiliation, name, mail_address,
            is_vouched, wish, expires_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        newcomer.cookie_hash,
        proof.issuer,
        proof.subject,
        proof.provider,
        proof.organization,
        proof.affiliation,
        proof.name,
        proof.mail_address,
        proof.is_vouched,
        newcomer.wish,
        newcomer.expires_at,
    )


async def get_newcomer(
    connection: Connection, cookie_hash: bytes, *, now: datetime
) -> Newcomer | None:
    """Who stands at the door in this browser."""
    record = await connection.fetchrow(
        """
        SELECT cookie_hash, issuer, subject, provider, organization, affiliation, name, mail_address,
               is_vouched, wish, expires_at
        FROM newcomer WHERE cookie_hash = $1 AND expires_at > $2
        """,
        cookie_hash,
        now,
    )
    if record is None:
        return None
    return Newcomer(
        cookie_hash=record["cookie_hash"],
        proof=msgspec.convert(dict(record), Proof, from_attributes=True),
        wish=record["wish"],
        expires_at=record["expires_at"],
    )


async def take_newcomer(tx: Connection, cookie_hash: bytes) -> bool:
    """Let a newcomer in, once."""
    return bool(
        await tx.fetchval("DELETE FROM newcomer WHERE cookie_hash = $1 RETURNING true", cookie_hash)
    )


async def find_login(
    connection: Connection, issuer: str, subject: str
) -> InstitutionalLogin | None:
    """The login of this person at this issuer. Never by mail address."""
    record = await connection.fetchrow(
        """
        SELECT login_id, account_id, issuer, subject, provider, organization, affiliation, added_at, used_at
        FROM institutional_login WHERE issuer = $1 AND subject = $2
        """,
        issuer,
        subject,
    )
    return maybe_struct(InstitutionalLogin, record)


async def get_logins(connection: Connection, account_id: UUID) -> list[InstitutionalLogin]:
    """All institutional logins of an account, the oldest first."""
    records = await connection.fetch(
        """
        SELECT login_id, account_id, issuer, subject, provider, organization, affiliation, added_at, used_at
        FROM institutional_login WHERE account_id = $1 ORDER BY added_at, login_id
        """,
        account_id,
    )
    return [as_struct(InstitutionalLogin, record) for record in records]


async def insert_login(tx: Connection, login: InstitutionalLogin) -> bool:
    """Let a login lead to an account; False if it leads to one already.

    Waits for another transaction that is giving the same login away.
    """
    return bool(
        await tx.fetchval(
            """
            INSERT INTO institutional_login (
                login_id, account_id, issuer, subject, provider, organization, affiliation, added_at, used_at
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (issuer, subject) DO NOTHING
            RETURNING true
            """,
            login.login_id,
            login.account_id,
            login.issuer,
            login.subject,
            login.provider,
            login.organization,
            login.affiliation,
            login.added_at,
            login.used_at,
        )
    )


async def save_use(tx: Connection, login: InstitutionalLogin) -> None:
    """Keep what the provider says today."""
    await tx.execute(
        """
        UPDATE institutional_login SET provider = $2, organization = $3, affiliation = $4, used_at = $5
        WHERE login_id = $1
        """,
        login.login_id,
        login.provider,
        login.organization,
        login.affiliation,
        login.used_at,
    )


async def delete_login(tx: Connection, login_id: UUID) -> None:
    """Let a login lead nowhere."""
    await tx.execute("DELETE FROM institutional_login WHERE login_id = $1", login_id)


async def insert_history(
    tx: Connection, account_id: UUID, login: str, what: What, *, now: datetime
) -> None:
    """Remember that a login came or went."""
    await tx.execute(
        "INSERT INTO login_history (account_id, login, what, at) VALUES ($1, $2, $3, $4)",
        account_id,
        login,
        what,
        now,
    )


async def prune(tx: Connection, *, now: datetime, limit: int) -> int:
    """Forget people who did not come back from a provider, or did not finish; returns how many."""
    visits: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM provider_visit WHERE state_hash IN (
                SELECT state_hash FROM provider_visit WHERE expires_at <= $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        now,
        limit,
    )
    newcomers: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM newcomer WHERE cookie_hash IN (
                SELECT cookie_hash FROM newcomer WHERE expires_at <= $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        now,
        limit,
    )
    return visits + newcomers
