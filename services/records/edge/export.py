"""Everything that records knows of me."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from chassis.http.access import SIGNED_IN, Caller
from chassis.http.export import PAGE, export, one_page, pages_of
from contracts.fact import Language
from services.records import store
from services.records.edge.records import DocumentView, show_document
from services.records.parts import Parts
from services.records.store.copies import Known
from services.records.store.results import OwnDossier


class CourseExported(msgspec.Struct, frozen=True, kw_only=True):
    """One course of mine."""

    dossier: OwnDossier
    documents: tuple[DocumentView, ...]
    """The latest first; the PDFs are at their paths."""


class RecordsExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that records knows of me. Answers to evaluations are not among it: they are nobody's."""

    service: str
    exported_at: datetime
    person: tuple[Known, ...]
    """One, or none."""
    courses: tuple[CourseExported, ...]
    """The latest first."""


@get("/v1/me/export", access=SIGNED_IN, answers=RecordsExport)
async def export_mine(
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Stream:
    """Everything that records knows of me, as one file (GDPR, articles 15 and 20)."""
    whose = caller.account_id
    person = one_page(parts.db, lambda reading: store.copies.get_known(reading, whose))
    dossiers = pages_of(
        parts.db,
        lambda reading, before: store.results.list_own_dossiers(
            reading, whose, before=before, limit=PAGE
        ),
        lambda each: each.arrival,
    )

    async def courses() -> AsyncIterator[list[CourseExported]]:
        async for page in dossiers:
            documents: dict[UUID, list[DocumentView]] = defaultdict(list)
            async with parts.db.reading() as connection:
                found = await store.documents.list_documents(
                    connection, [each.enrolment_id for each in page]
                )
            for each in found:
                documents[each.enrolment_id].append(show_document(each, language, parts))
            yield [
                CourseExported(dossier=each, documents=tuple(documents[each.enrolment_id]))
                for each in page
            ]

    sections = {"person": person, "courses": courses()}
    return export("records", sections, now=parts.clock.now())


ROUTES = [export_mine]
