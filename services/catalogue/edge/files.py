"""The catalogue as a file over HTTP: look at what it would change, then import that very file."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import structlog
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import Caller, only
from chassis.http.idempotency import answer_once
from chassis.http.request import AnyRequest
from chassis.ids import new_id
from contracts.fact import Language
from services.catalogue import commands
from services.catalogue.catalogue_file.reading import CatalogueFile, read_catalogue
from services.catalogue.commands import EntryChange, Imported
from services.catalogue.commands.keeping_files import KEPT_FOR
from services.catalogue.parts import Parts
from services.catalogue.store.files import SentFile

log = structlog.get_logger()

OFFICE = only("office")

_MAX_BODY_BYTES = 4 * 1024 * 1024
"""Of a file of a million characters, as JSON writes them."""
_MOST_BAD = 200
_MOST_CHANGES = 500


class FileBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A catalogue file (docs/catalogue-file.md)."""

    text: Annotated[str, Meta(max_length=1_000_000)]
    name: Annotated[str, Meta(max_length=200)] = ""
    """Of the file, for people."""


class BadEntryView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the file should say otherwise."""

    line: int
    where: str
    """Such as `offering[3].sessions[2].ends_at`, counted from 1; empty: the whole file."""
    reason: str


class ChangesView(msgspec.Struct, frozen=True, kw_only=True):
    """How much is new, changed, moved in time or place, or as it was."""

    new: int
    changed: int
    moved: int
    unchanged: int
    entries: tuple[EntryChange, ...]
    """What is not as it was, in the order of the file; the first 500."""


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would change, as the catalogue is now."""

    file_id: UUID
    name: str
    good_until: datetime
    """Until then it can be imported."""
    bad: list[BadEntryView]
    """In the order of their lines, the first 200. With any, nothing is imported."""
    bad_total: int
    changes: ChangesView


@post("/v1/catalogue-files", access=OFFICE, request_max_body_size=_MAX_BODY_BYTES)
async def check_file(
    request: AnyRequest,
    data: JSONBody[FileBody],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[FileView] | Response[bytes]:
    """Send a file and see what it would change; nothing is changed. Needs an `Idempotency-Key`."""
    zone, now = parts.settings.institution_zone, parts.clock.now()
    # No text is stored with a null character; TOML refuses what stands here instead outside of texts.
    text = data.text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    sent = SentFile(file_id=new_id(), name=data.name.replace("\0", ""), text=text, sent_at=now)
    file = await _read(sent, parts)

    async def act(tx: Connection) -> Response[FileView]:
        checked = await commands.check_file(tx, sent, file, zone=zone, now=now)
        location = f"/v1/catalogue-files/{sent.file_id}"
        view = _file_view(sent, checked.would, file, language)
        return Response(view, status_code=201, headers={"Location": location})

    return await answer_once(parts.db, request, caller, act)


@get("/v1/catalogue-files/{file_id:uuid}", access=OFFICE)
async def get_file(
    file_id: FromPath[UUID], parts: NamedDependency[Parts], language: NamedDependency[Language]
) -> Response[FileView]:
    """What a file that was sent within the hour would change, as the catalogue is now."""
    zone, now = parts.settings.institution_zone, parts.clock.now()
    async with parts.db.reading() as connection:
        sent = await commands.get_file(connection, file_id, now=now)
    file = await _read(sent, parts)
    async with parts.db.transaction() as tx:
        would = await commands.check_catalogue(tx, file, zone=zone, now=now)
    view = _file_view(sent, would, file, language)
    return Response(view, headers={"Cache-Control": "private, no-store"})


@post("/v1/catalogue-files/{file_id:uuid}/import", access=OFFICE)
async def import_file(
    request: AnyRequest,
    file_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[ChangesView] | Response[bytes]:
    """Import a file that was sent within the hour: all of it or nothing. Needs an `Idempotency-Key`."""
    zone, now = parts.settings.institution_zone, parts.clock.now()

    async with parts.db.reading() as connection:
        sent = await commands.get_file(connection, file_id, now=now)
    file = await _read(sent, parts)

    async def act(tx: Connection) -> Response[ChangesView]:
        imported = await commands.import_file(tx, file, zone=zone, now=now)
        log.info("catalogue.file_imported", file_id=str(file_id), by=str(caller.account_id))
        return Response(_changes_view(imported), status_code=201)

    return await answer_once(parts.db, request, caller, act)


async def _read(sent: SentFile, parts: Parts) -> CatalogueFile:
    """Beside the event loop: a large file takes a while."""
    return await asyncio.to_thread(read_catalogue, sent.text, parts.settings.institution_zone)


def _file_view(
    sent: SentFile, would: Imported, file: CatalogueFile, language: Language
) -> FileView:
    bad = [
        BadEntryView(line=each.line, where=each.where, reason=each.reason.in_language(language))
        for each in sorted(file.bad)[:_MOST_BAD]
    ]
    return FileView(
        file_id=sent.file_id,
        name=sent.name,
        good_until=sent.sent_at + KEPT_FOR,
        bad=bad,
        bad_total=len(file.bad),
        changes=_changes_view(would),
    )


def _changes_view(imported: Imported) -> ChangesView:
    count = Counter(each.change for each in imported.entries)
    return ChangesView(
        new=count["new"],
        changed=count["changed"],
        moved=count["moved"],
        unchanged=count["unchanged"],
        entries=_different(imported.entries)[:_MOST_CHANGES],
    )


def _different(entries: Sequence[EntryChange]) -> tuple[EntryChange, ...]:
    different = [each for each in entries if each.change != "unchanged"]
    return tuple(sorted(different, key=lambda each: (each.line is None, each.line or 0)))


ROUTES = [check_file, get_file, import_file]
