"""A file that the office sends: checked, kept for an hour, imported when they say so."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from services.catalogue import refusals, store
from services.catalogue.catalogue_file.reading import CatalogueFile
from services.catalogue.commands.importing import (
    BadFile,
    Imported,
    check_catalogue,
    import_catalogue,
)
from services.catalogue.store.files import SentFile

KEPT_FOR = timedelta(hours=1)
"""Long enough to read what a file would change and to ask a colleague."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would change now, and what is wrong with it: with anything wrong, nothing is imported."""

    would: Imported
    file: CatalogueFile


async def check_file(
    tx: Connection, sent: SentFile, file: CatalogueFile, *, zone: ZoneInfo, now: datetime
) -> Checked:
    """Keep a file that was sent, and say what it would change. Files of more than an hour ago are forgotten."""
    await store.files.forget_files(tx, sent_before=now - KEPT_FOR)
    await store.files.insert_file(tx, sent)
    would = await check_catalogue(tx, file, zone=zone, now=now)
    return Checked(would=would, file=file)


async def get_file(connection: Connection, file_id: UUID, *, now: datetime) -> SentFile:
    """A file that was sent within the hour.

    Raises:
        Refusal: there is none.
    """
    sent = await store.files.get_file(connection, file_id)
    if sent is None or now >= sent.sent_at + KEPT_FOR:
        raise NOT_FOUND()
    return sent


async def import_file(
    tx: Connection, file: CatalogueFile, *, zone: ZoneInfo, now: datetime
) -> Imported:
    """Import a file that was checked: all of it or nothing.

    Raises:
        Refusal: something in it is wrong, as the catalogue is now.
    """
    try:
        return await import_catalogue(tx, file, zone=zone, now=now)
    except BadFile as error:
        raise refusals.FILE_HAS_FAULTS(faults=len(error.bad)) from error
