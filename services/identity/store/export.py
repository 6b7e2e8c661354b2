"""What is known of somebody, table by table. Secrets and their hashes are nobody's business."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A login or a second step that came or went."""

    login: str
    what: str
    at: datetime


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a device that logs in."""

    name: str
    added_at: datetime
    used_at: datetime | None
    doubted_at: datetime | None
    """When it was last refused because it may have been copied."""


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which they are logged in."""

    authenticated_at: datetime
    ends_at: datetime


class App(msgspec.Struct, frozen=True, kw_only=True):
    """An app that they logged in to."""

    client_id: str
    scopes: list[str]
    authenticated_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


async def get_history(connection: Connection, account_id: UUID) -> list[Entry]:
    """Which logins came and went, in order of time."""
    records = await connection.fetch(
        "SELECT login, what, at FROM login_history WHERE account_id = $1 ORDER BY entry_id",
        account_id,
    )
    return [as_struct(Entry, record) for record in records]


async def get_passkeys(connection: Connection, account_id: UUID) -> list[Passkey]:
    """Which devices they log in with."""
    records = await connection.fetch(
        """
        SELECT name, added_at, used_at, doubted_at
        FROM passkey WHERE account_id = $1 ORDER BY added_at, passkey_id
        """,
        account_id,
    )
    return [as_struct(Passkey, record) for record in records]


async def get_browsers(connection: Connection, account_id: UUID) -> list[Browser]:
    """Where they are logged in."""
    records = await connection.fetch(
        "SELECT authenticated_at, ends_at FROM session WHERE account_id = $1 ORDER BY authenticated_at",
        account_id,
    )
    return [as_struct(Browser, record) for record in records]


async def get_apps(connection: Connection, account_id: UUID) -> list[App]:
    """Which apps they logged in to."""
    records = await connection.fetch(
        """
        SELECT client_id, scopes, authenticated_at, ends_at, revoked_at
        FROM token_family WHERE account_id = $1 ORDER BY authenticated_at
        """,
        account_id,
    )
    return [as_struct(App, record) for record in records]
