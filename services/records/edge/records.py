"""My Records: results and documents, for those whose they are."""

import re
import unicodedata
from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import SIGNED_IN, Caller, only
from chassis.http.conditional import conditional
from chassis.http.idempotency import answer_once
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.catalogue import Activity
from contracts.fact import Language
from contracts.records import Outcome
from services.records import commands, refusals, store
from services.records.documents import KINDS, LANGUAGES
from services.records.domain.codes import show_code
from services.records.domain.documents import Kind, RevokedWhy
from services.records.parts import Parts
from services.records.store.documents import Found

_NOT_IN_A_FILE_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST_FILE_NAME = 120
_READY_IN_S = 5


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A document's PDF in one language."""

    language: Language
    path: str


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate or a proof of attendance."""

    document_id: UUID
    enrolment_id: UUID
    offering_id: UUID
    kind: Kind
    state: Literal["planned", "issued", "revoked"]
    """`planned` is being made, or waits for the name; `revoked` is not valid any more."""
    title: str | None
    """Of the course, as it stands on the document."""
    number: str | None
    code: str | None
    """Anyone can check the document with it."""
    verify_url: str | None
    downloads: tuple[Download, ...]
    """In the learner's language first."""
    issued_at: datetime | None
    revoked_at: datetime | None
    revoked_why: RevokedWhy | None
    replaces: str | None
    """The number of the document that this one replaces."""
    replaced_by: str | None


class OwnResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result that holds."""

    version: int
    outcome: Outcome
    grade: str | None
    recorded_at: datetime


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """One course in My Records."""

    enrolment_id: UUID
    offering_id: UUID
    title: str
    class_number: str
    academic_year: str
    activity: Activity
    starts_at: datetime
    ends_at: datetime
    result: OwnResult
    documents: tuple[DocumentView, ...]
    """The latest first."""


class ReplacementRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a document is issued anew, for example with a corrected name."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


@get("/v1/records", access=SIGNED_IN)
async def list_records(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Page[RecordView]]:
    """My results, certificates and proofs of attendance, the latest first (A28-A30)."""
    async with parts.db.reading() as connection:
        listed = await store.results.list_records(
            connection, caller.account_id, before=decode_cursor(cursor, int), limit=limit + 1
        )
        shown = listed[:limit]
        documents = await store.documents.list_documents(
            connection, [record.enrolment_id for record in shown]
        )
    of_enrolment: dict[UUID, list[DocumentView]] = defaultdict(list)
    for document in documents:
        of_enrolment[document.enrolment_id].append(show_document(document, language, parts))
    items = [
        _record(record, tuple(of_enrolment[record.enrolment_id]), language) for record in shown
    ]
    more = len(listed) > limit
    page = Page(items, next_page(request, encode_cursor(shown[-1].arrival)) if more else None)
    return conditional(request, page, headers=link_header(page))


@get("/v1/records/{enrolment_id:uuid}", access=SIGNED_IN)
async def get_record(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[RecordView]:
    """My result in one course, with what it earned; not there as long as nothing was recorded."""
    async with parts.db.reading() as connection:
        record = await store.results.get_record(connection, enrolment_id, caller.account_id)
        if record is None:
            raise NOT_FOUND()
        documents = await store.documents.list_documents(connection, [enrolment_id])
    shown = tuple(show_document(each, language, parts) for each in documents)
    return conditional(request, _record(record, shown, language))


@get("/v1/documents/{document_id:uuid}", access=SIGNED_IN)
async def get_document(
    request: AnyRequest,
    document_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[DocumentView]:
    """One document, to its learner and the office."""
    async with parts.db.reading() as connection:
        found = await _get_own(connection, caller, document_id)
    return conditional(request, show_document(found, language, parts))


@get("/v1/documents/{document_id:uuid}/pdf", access=SIGNED_IN, media_type="application/pdf")
async def get_document_pdf(
    request: AnyRequest,
    document_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    wanted: Annotated[
        Language | None,
        QueryParameter(name="language", description="By default the learner's own."),
    ] = None,
) -> Response[bytes]:
    """The document itself, byte for byte as it was issued, in either language.

    To its learner and the office. One that is not valid any more goes to the office only.
    """
    async with parts.db.reading() as connection:
        found = await _get_own(connection, caller, document_id)
        if found.language is None:
            refusal = refusals.DOCUMENT_BEING_MADE()
            refusal.retry_after_s = _READY_IN_S
            raise refusal
        if found.state == "revoked" and not caller.has("office"):
            raise refusals.DOCUMENT_REVOKED(revoked_at=found.revoked_at)
        language = wanted or found.language
        file = await store.documents.get_file(connection, document_id, language)
    if file is None:
        raise NOT_FOUND()
    return conditional(
        request,
        file.pdf,
        tag=f'"{file.sha256.hex()[:32]}"',
        media_type="application/pdf",
        headers={"Content-Disposition": _attachment(found, language), "Content-Language": language},
    )


@post("/v1/documents/{document_id:uuid}/replacement", access=only("office"))
async def replace_document(
    request: AnyRequest,
    document_id: FromPath[UUID],
    data: JSONBody[ReplacementRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[DocumentView] | Response[bytes]:
    """Issue a document anew, with the name and the titles as they are now.

    The old one is not valid from this moment on; the new one names it.
    """

    async def act(tx: Connection) -> Response[DocumentView]:
        planned = await commands.replace_document(
            tx,
            document_id,
            reason=data.reason,
            by=caller.account_id,
            now=parts.clock.now(),
        )
        found = await store.documents.get_document(tx, planned.document_id)
        if found is None:
            raise NOT_FOUND()
        location = f"/v1/documents/{planned.document_id}"
        return Response(
            show_document(found, language, parts), status_code=201, headers={"Location": location}
        )

    return await answer_once(parts.db, request, caller, act)


async def _get_own(connection: Connection, caller: Caller, document_id: UUID) -> Found:
    """A document of the caller's own; the office sees all of them.

    Raises:
        Refusal: there is none, or it is somebody else's; nobody learns which.
    """
    found = await store.documents.get_document(connection, document_id)
    if found is None or not (found.learner_id == caller.account_id or caller.has("office")):
        raise NOT_FOUND()
    return found


def show_document(found: Found, language: Language, parts: Parts) -> DocumentView:
    """A document as its learner sees it."""
    was_issued = found.language is not None
    code = show_code(found.code) if was_issued else None
    path = f"/v1/documents/{found.document_id}/pdf"
    in_order = sorted(LANGUAGES, key=lambda each: each != found.language)
    return DocumentView(
        document_id=found.document_id,
        enrolment_id=found.enrolment_id,
        offering_id=found.offering_id,
        kind=found.kind,
        state=found.state,
        title=found.title.in_language(language) if found.title else None,
        number=found.number if was_issued else None,
        code=code,
        verify_url=f"{parts.settings.verify_address}/{code}" if code else None,
        downloads=tuple(
            Download(language=each, path=f"{path}?language={each}") for each in in_order
        )
        if found.state == "issued"
        else (),
        issued_at=found.issued_at,
        revoked_at=found.revoked_at,
        revoked_why=found.revoked_why,
        replaces=found.replaces,
        replaced_by=found.replaced_by,
    )


def _record(
    record: store.results.OwnRecord, documents: tuple[DocumentView, ...], language: Language
) -> RecordView:
    given: dict[str, Any] = {
        name: getattr(record, name)
        for name in RecordView.__struct_fields__
        if name not in {"title", "result", "documents"}
    }
    return RecordView(
        **given,
        title=record.title.in_language(language),
        result=msgspec.convert(record, OwnResult, from_attributes=True),
        documents=documents,
    )


def _attachment(found: Found, language: Language) -> str:
    """A file name that says what it is, for old clients in ASCII and for all others in full (RFC 6266)."""
    title = found.title.in_language(language) if found.title else ""
    full = f"{KINDS[found.kind].in_language(language)} {title} {found.number}"
    name = " ".join(_NOT_IN_A_FILE_NAME.sub(" ", full).split())
    if len(name) > _LONGEST_FILE_NAME:
        ending = f"… {found.number}"
        name = name[: _LONGEST_FILE_NAME - len(ending)].rstrip() + ending
    plain = (
        unicodedata.normalize("NFKD", name.replace("…", "...")).encode("ascii", "ignore").decode()
    )
    return f"attachment; filename=\"{plain}.pdf\"; filename*=UTF-8''{quote(name + '.pdf', safe='')}"


ROUTES = [list_records, get_record, get_document, get_document_pdf, replace_document]
