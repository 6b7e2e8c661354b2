"""Requests to be forgotten, and the forgetting."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Connection, maybe_struct
from services.identity.domain.erasing import Erasure


async def get_erasure(connection: Connection, account_id: UUID) -> Erasure | None:
    """Somebody's latest request."""
    record = await connection.fetchrow(
        """
        SELECT account_id, version, state, asked_at, answers, erased_at, retained, done_at
        FROM erasure WHERE account_id = $1
        """,
        account_id,
    )
    return maybe_struct(Erasure, record)


async def lock_erasure(tx: Connection, account_id: UUID) -> Erasure | None:
    """The same, locked until `tx` ends; the account is locked already where there may be none yet."""
    record = await tx.fetchrow(
        """
        SELECT account_id, version, state, asked_at, answers, erased_at, retained, done_at
        FROM erasure WHERE account_id = $1
        FOR UPDATE
        """,
        account_id,
    )
    return maybe_struct(Erasure, record)


async def save_erasure(tx: Connection, erasure: Erasure) -> None:
    """Insert or replace a request."""
    await tx.execute(
        """
        INSERT INTO erasure (account_id, version, state, asked_at, answers, erased_at, retained, done_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (account_id) DO UPDATE SET
            version = excluded.version, state = excluded.state, asked_at = excluded.asked_at,
            answers = excluded.answers, erased_at = excluded.erased_at, retained = excluded.retained,
            done_at = excluded.done_at
        """,
        erasure.account_id,
        erasure.version,
        erasure.state,
        erasure.asked_at,
        erasure.answers,
        erasure.erased_at,
        erasure.retained,
        erasure.done_at,
    )


async def get_erased(connection: Connection, account_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these people who were erased."""
    records = await connection.fetch(
        "SELECT account_id FROM account WHERE account_id = ANY($1::uuid[]) AND erased_at IS NOT NULL",
        account_ids,
    )
    return {record["account_id"] for record in records}


async def forget_links(tx: Connection, account_id: UUID) -> None:
    """Forget the links that were mailed to somebody, and every sign-up with the same address."""
    await tx.execute(
        """
        DELETE FROM sign_up
        WHERE account_id = $1 OR joins = $1
           OR lower(mail_address) IN (
               SELECT lower(mail_address) FROM account WHERE account_id = $1
               UNION SELECT mail_key FROM own_login WHERE account_id = $1
           )
        """,
        account_id,
    )
    await tx.execute("DELETE FROM password_reset WHERE account_id = $1", account_id)


async def forget_account(tx: Connection, account_id: UUID, *, now: datetime) -> None:
    """Leave a row that names nobody. Language and affiliation say nothing any more either."""
    await tx.execute(
        """
        UPDATE account SET version = version + 1, mail_address = '', name = '', language = 'nl',
                           affiliation = 'guest', terms_version = NULL, erased_at = $2
        WHERE account_id = $1
        """,
        account_id,
        now,
    )


async def forget_logins(tx: Connection, account_id: UUID) -> None:
    """Let every way in lead nowhere; who comes again is somebody new.

    Second steps and passkeys go with the own login.
    """
    await tx.execute("DELETE FROM provider_visit WHERE joins = $1", account_id)
    await tx.execute(
        """
        DELETE FROM newcomer USING institutional_login AS login
        WHERE login.account_id = $1 AND newcomer.issuer = login.issuer AND newcomer.subject = login.subject
        """,
        account_id,
    )
    await tx.execute("DELETE FROM own_login WHERE account_id = $1", account_id)
    await tx.execute("DELETE FROM institutional_login WHERE account_id = $1", account_id)


async def forget_sessions_and_tokens(tx: Connection, account_id: UUID) -> None:
    """End everything that logins gave; refresh tokens go with their family."""
    await tx.execute("DELETE FROM session WHERE account_id = $1", account_id)
    await tx.execute("DELETE FROM authorization_code WHERE account_id = $1", account_id)
    await tx.execute("DELETE FROM token_family WHERE account_id = $1", account_id)
