"""People, and the mail addresses and passwords that they log in with. Whoever was erased is not there any more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from services.identity.domain.accounts import Account


class OwnLogin(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who logs in is held to."""

    account_id: UUID
    password_hash: str

    def __repr__(self) -> str:
        return "OwnLogin(…)"


async def get_account(connection: Connection, account_id: UUID) -> Account | None:
    """Read one account."""
    record = await connection.fetchrow(
        """
        SELECT account_id, version, mail_address, name, language, affiliation, registered_at, terms_version
        FROM account WHERE account_id = $1 AND erased_at IS NULL
        """,
        account_id,
    )
    return maybe_struct(Account, record)


async def lock_account(tx: Connection, account_id: UUID) -> Account | None:
    """Read one account and lock its row until `tx` ends."""
    record = await tx.fetchrow(
        """
        SELECT account_id, version, mail_address, name, language, affiliation, registered_at, terms_version
        FROM account WHERE account_id = $1 AND erased_at IS NULL
        FOR NO KEY UPDATE
        """,
        account_id,
    )
    return maybe_struct(Account, record)


async def find_account(connection: Connection, mail_key: str) -> Account | None:
    """The account whose own login has this mail address."""
    record = await connection.fetchrow(
        """
        SELECT a.account_id, a.version, a.mail_address, a.name, a.language, a.affiliation,
               a.registered_at, a.terms_version
        FROM own_login AS o JOIN account AS a USING (account_id)
        WHERE o.mail_key = $1
        """,
        mail_key,
    )
    return maybe_struct(Account, record)


async def save_account(tx: Connection, account: Account) -> None:
    """Insert or replace an account."""
    await tx.execute(
        """
        INSERT INTO account (
            account_id, version, mail_address, name, language, affiliation, registered_at, terms_version
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (account_id) DO UPDATE SET
            version = excluded.version, mail_address = excluded.mail_address, name = excluded.name,
            language = excluded.language, affiliation = excluded.affiliation
        WHERE account.erased_at IS NULL
        """,
        account.account_id,
        account.version,
        account.mail_address,
        account.name,
        account.language,
        account.affiliation,
        account.registered_at,
        account.terms_version,
    )


async def insert_own_login(
    tx: Connection, account_id: UUID, *, mail_key: str, password_hash: str, now: datetime
) -> bool:
    """Let somebody log in with a mail address; False if it has an account already, or the account another.

    Waits for another transaction that is giving away the same address.
    """
    return bool(
        await tx.fetchval(
            """
            INSERT INTO own_login (account_id, mail_key, password_hash, changed_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            RETURNING true
            """,
            account_id,
            mail_key,
            password_hash,
            now,
        )
    )


async def find_own_login(connection: Connection, mail_key: str) -> OwnLogin | None:
    """What somebody who logs in with this address is held to."""
    record = await connection.fetchrow(
        "SELECT account_id, password_hash FROM own_login WHERE mail_key = $1", mail_key
    )
    return maybe_struct(OwnLogin, record)


async def get_mail_key(connection: Connection, account_id: UUID) -> str | None:
    """The mail address that somebody logs in with; None if they have no own login."""
    key: str | None = await connection.fetchval(
        "SELECT mail_key FROM own_login WHERE account_id = $1", account_id
    )
    return key


async def delete_own_login(tx: Connection, account_id: UUID) -> None:
    """Let a mail address and a password lead nowhere, nor any link to a new one."""
    await tx.execute("DELETE FROM password_reset WHERE account_id = $1", account_id)
    await tx.execute("DELETE FROM own_login WHERE account_id = $1", account_id)


async def hold_own_login(tx: Connection, login: OwnLogin) -> bool:
    """Whether this password is still the one; it stays so until `tx` ends.

    Waits for a new password that is being set: whoever logs in with the old one must not slip by.
    """
    return bool(
        await tx.fetchval(
            "SELECT true FROM own_login WHERE account_id = $1 AND password_hash = $2 FOR SHARE",
            login.account_id,
            login.password_hash,
        )
    )


async def save_password(
    tx: Connection, account_id: UUID, password_hash: str, *, now: datetime
) -> None:
    """Replace a password. Sessions and tokens are ended after this, never before: see hold_own_login."""
    await tx.execute(
        "UPDATE own_login SET password_hash = $2, changed_at = $3 WHERE account_id = $1",
        account_id,
        password_hash,
        now,
    )


async def replace_hash(tx: Connection, login: OwnLogin, password_hash: str) -> None:
    """Keep the same password under a newer hash, unless it has been changed meanwhile."""
    await tx.execute(
        "UPDATE own_login SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2",
        login.account_id,
        login.password_hash,
        password_hash,
    )


async def get_accounts(connection: Connection, account_ids: Sequence[UUID]) -> list[Account]:
    """Several accounts, by name; those that do not exist are left out."""
    records = await connection.fetch(
        """
        SELECT account_id, version, mail_address, name, language, affiliation, registered_at, terms_version
        FROM account WHERE account_id = ANY($1::uuid[]) AND erased_at IS NULL
        ORDER BY lower(name), account_id
        """,
        account_ids,
    )
    return [as_struct(Account, record) for record in records]


async def search_accounts(
    connection: Connection, words: str, *, after: tuple[str, UUID] | None, limit: int
) -> list[Account]:
    """Accounts whose name or mail address contains these words, by name."""
    name, account_id = after or (None, None)
    records = await connection.fetch(
        """
        SELECT account_id, version, mail_address, name, language, affiliation, registered_at, terms_version
        FROM account
        WHERE erased_at IS NULL
          AND (strpos(lower(name), lower($1)) > 0 OR strpos(lower(mail_address), lower($1)) > 0)
          AND ($2::text IS NULL OR (lower(name), account_id) > (lower($2), $3))
        ORDER BY lower(name), account_id LIMIT $4
        """,
        words,
        name,
        account_id,
        limit,
    )
    return [as_struct(Account, record) for record in records]


async def list_by_address(connection: Connection, address: str, *, limit: int) -> list[Account]:
    """Accounts with this mail address, which several can have, in the order in which they came about."""
    records = await connection.fetch(
        """
        SELECT account_id, version, mail_address, name, language, affiliation, registered_at, terms_version
        FROM account
        WHERE erased_at IS NULL AND lower(mail_address) = lower($1)
        ORDER BY registered_at, account_id LIMIT $2
        """,
        address,
        limit,
    )
    return [as_struct(Account, record) for record in records]
