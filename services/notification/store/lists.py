"""Mails as people see them in lists."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct, maybe_struct


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as people see it in a list."""

    mail_id: UUID
    account_id: UUID | None
    purpose: str
    regarding: UUID
    revision: int
    enrolment_id: UUID | None
    state: str
    planned_at: datetime
    due_at: datetime
    settled_at: datetime | None
    why: str | None
    attempts: int
    uncertain: int


async def get_listed(connection: Connection, mail_id: UUID) -> Listed | None:
    """One mail as people see it in a list."""
    record = await connection.fetchrow(
        """
        SELECT mail_id, account_id, purpose, regarding, revision, enrolment_id, state, planned_at, due_at,
               settled_at, why, attempts, uncertain
        FROM mail WHERE mail_id = $1
        """,
        mail_id,
    )
    return maybe_struct(Listed, record)


async def list_of_person(
    connection: Connection, account_id: UUID, *, before: UUID | None, limit: int
) -> list[Listed]:
    """Somebody's mails, the latest planned first."""
    records = await connection.fetch(
        """
        SELECT mail_id, account_id, purpose, regarding, revision, enrolment_id, state, planned_at, due_at,
               settled_at, why, attempts, uncertain
        FROM mail WHERE account_id = $1 AND ($2::uuid IS NULL OR mail_id < $2)
        ORDER BY mail_id DESC LIMIT $3
        """,
        account_id,
        before,
        limit,
    )
    return [as_struct(Listed, record) for record in records]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a reader."""

    mail_address: str
    name: str
    language: str
    stopped: list[str]
    """Purposes that they want no more mails of."""


async def get_known(connection: Connection, account_id: UUID) -> list[Known]:
    """What is known of somebody, if anything is."""
    records = await connection.fetch(
        """
        SELECT mail_address, name, language,
               ARRAY(SELECT purpose FROM stopped WHERE stopped.account_id = person.account_id) AS stopped
        FROM person WHERE account_id = $1 AND erased_at IS NULL
        """,
        account_id,
    )
    return [as_struct(Known, record) for record in records]


async def list_regarding(
    connection: Connection, regarding: UUID, *, before: UUID | None, limit: int
) -> list[Listed]:
    """The mails about one thing, the latest planned first; an organisation's too."""
    records = await connection.fetch(
        """
        SELECT mail_id, account_id, purpose, regarding, revision, enrolment_id, state, planned_at, due_at,
               settled_at, why, attempts, uncertain
        FROM mail WHERE regarding = $1 AND ($2::uuid IS NULL OR mail_id < $2)
        ORDER BY mail_id DESC LIMIT $3
        """,
        regarding,
        before,
        limit,
    )
    return [as_struct(Listed, record) for record in records]


async def list_in_state(
    connection: Connection, state: str, *, before: UUID | None, limit: int
) -> list[Listed]:
    """All mails in a state, the latest planned first."""
    records = await connection.fetch(
        """
        SELECT mail_id, account_id, purpose, regarding, revision, enrolment_id, state, planned_at, due_at,
               settled_at, why, attempts, uncertain
        FROM mail WHERE state = $1 AND ($2::uuid IS NULL OR mail_id < $2)
        ORDER BY mail_id DESC LIMIT $3
        """,
        state,
        before,
        limit,
    )
    return [as_struct(Listed, record) for record in records]
