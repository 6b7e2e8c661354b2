"""Files that the office has sent, for the hour in which they can be imported."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, maybe_struct


class SentFile(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue file as it was sent."""

    file_id: UUID
    name: str
    text: str
    sent_at: datetime


async def insert_file(tx: Connection, sent: SentFile) -> None:
    """Keep a file."""
    await tx.execute(
        "INSERT INTO sent_file (file_id, name, text, sent_at) VALUES ($1, $2, $3, $4)",
        sent.file_id,
        sent.name,
        sent.text,
        sent.sent_at,
    )


async def get_file(connection: Connection, file_id: UUID) -> SentFile | None:
    """One file."""
    record = await connection.fetchrow(
        "SELECT file_id, name, text, sent_at FROM sent_file WHERE file_id = $1", file_id
    )
    return maybe_struct(SentFile, record)


async def forget_files(tx: Connection, *, sent_before: datetime) -> None:
    """Forget what was sent before this instant."""
    await tx.execute("DELETE FROM sent_file WHERE sent_at <= $1", sent_before)
