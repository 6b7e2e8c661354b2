"""Documents: planned, numbered, issued, revoked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from contracts.fact import Language, Translated
from services.records.domain.documents import Document, Draft, Kind, Printed, RevokedWhy
from services.records.store.copies import as_offering


async def lock_latest(tx: Connection, enrolment_ids: Sequence[UUID]) -> dict[UUID, Document]:
    """The last document of each of these dossiers, valid or not; their dossiers are locked already.

    Ids sort by the time they were made, so the last one by id is the last one planned.
    """
    records = await tx.fetch(
        """
        SELECT document_id, enrolment_id, kind, state, planned_at, code, draft, number, replaces, issued_at,
               revoked_at, revoked_why, revoked_reason, revoked_by
        FROM document WHERE enrolment_id = ANY($1::uuid[])
        ORDER BY document_id
        FOR UPDATE
        """,
        enrolment_ids,
    )
    return {record["enrolment_id"]: as_struct(Document, record) for record in records}


async def lock_document(tx: Connection, document_id: UUID) -> Document | None:
    """Read one document and lock its row until `tx` ends; its dossier is locked already."""
    record = await tx.fetchrow(
        """
        SELECT document_id, enrolment_id, kind, state, planned_at, code, draft, number, replaces, issued_at,
               revoked_at, revoked_why, revoked_reason, revoked_by
        FROM document WHERE document_id = $1
        FOR UPDATE
        """,
        document_id,
    )
    return maybe_struct(Document, record)


async def get_enrolment_ids(connection: Connection, document_id: UUID) -> list[UUID]:
    """The dossier of a document, to be locked before it; none where there is no such document."""
    records = await connection.fetch(
        "SELECT enrolment_id FROM document WHERE document_id = $1", document_id
    )
    return [record["enrolment_id"] for record in records]


async def save_documents(tx: Connection, documents: Sequence[Document]) -> None:
    """Insert or change documents whose dossiers are locked, in this order.

    Whatever is being printed at this moment is an older draft from now on, and is never issued.
    """
    await tx.execute(
        """
        INSERT INTO document (
            document_id, enrolment_id, kind, state, planned_at, code, draft, replaces, revoked_at,
            revoked_why, revoked_reason, revoked_by
        )
        SELECT document_id, enrolment_id, kind, state, planned_at, code, draft, replaces, revoked_at,
               revoked_why, revoked_reason, revoked_by
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::integer[],
            $8::uuid[], $9::timestamptz[], $10::text[], $11::text[], $12::uuid[]
        ) WITH ORDINALITY AS new (
            document_id, enrolment_id, kind, state, planned_at, code, draft, replaces, revoked_at,
            revoked_why, revoked_reason, revoked_by, position
        )
        ORDER BY position
        ON CONFLICT (document_id) DO UPDATE
        SET state = excluded.state, draft = excluded.draft, leased_until = NULL,
            revoked_at = excluded.revoked_at, revoked_why = excluded.revoked_why,
            revoked_reason = excluded.revoked_reason, revoked_by = excluded.revoked_by
        """,
        [each.document_id for each in documents],
        [each.enrolment_id for each in documents],
        [each.kind for each in documents],
        [each.state for each in documents],
        [each.planned_at for each in documents],
        [each.code for each in documents],
        [each.draft for each in documents],
        [each.replaces for each in documents],
        [each.revoked_at for each in documents],
        [each.revoked_why for each in documents],
        [each.revoked_reason for each in documents],
        [each.revoked_by for each in documents],
    )


async def lease_planned(
    tx: Connection, *, now: datetime, leased_until: datetime, limit: int
) -> list[tuple[UUID, str | None]]:
    """Take documents that can be printed, the longest waiting first; with their numbers if they have them.

    A document waits until the name of its person and the course are known. What others have
    taken is passed over until their lease is over: then they have died on the way.
    """
    records = await tx.fetch(
        """
        WITH due AS (
            SELECT document_id FROM document
            WHERE state = 'planned' AND (leased_until IS NULL OR leased_until <= $1)
              AND EXISTS (
                  SELECT FROM dossier
                  JOIN person ON person.account_id = dossier.learner_id AND person.erased_at IS NULL
                  JOIN offering ON offering.offering_id = dossier.offering_id
                  WHERE dossier.enrolment_id = document.enrolment_id
              )
            ORDER BY planned_at, document_id LIMIT $3
            FOR UPDATE SKIP LOCKED
        )
        UPDATE document SET leased_until = $2, draft = document.draft + 1
        FROM due WHERE document.document_id = due.document_id
        RETURNING document.document_id, document.number, document.planned_at
        """,
        now,
        leased_until,
        limit,
    )
    in_order = sorted(records, key=lambda record: (record["planned_at"], record["document_id"]))
    return [(record["document_id"], record["number"]) for record in in_order]


async def take_serials(tx: Connection, year: int, count: int) -> range:
    """The next numbers of a year. Whoever comes second waits until these are written or given back."""
    last = await tx.fetchval(
        """
        INSERT INTO document_series (year, last) VALUES ($1, $2)
        ON CONFLICT (year) DO UPDATE SET last = document_series.last + excluded.last
        RETURNING last
        """,
        year,
        count,
    )
    return range(last - count + 1, last + 1)


async def save_numbers(tx: Connection, numbers: Sequence[tuple[UUID, str]]) -> None:
    """Give documents their numbers, for good."""
    await tx.execute(
        """
        UPDATE document SET number = given.number
        FROM unnest($1::uuid[], $2::text[]) AS given (document_id, number)
        WHERE document.document_id = given.document_id
        """,
        [document_id for document_id, _ in numbers],
        [number for _, number in numbers],
    )


async def get_drafts(connection: Connection, document_ids: Sequence[UUID]) -> list[Draft]:
    """Everything that stands on these documents if they are printed now, in their order."""
    records = await connection.fetch(
        """
        SELECT doc.document_id, doc.enrolment_id, d.learner_id, doc.kind, doc.draft, doc.number, doc.code,
               before.number AS replaces, p.name, p.language, r.outcome, r.grade, o.offering_id, o.version,
               o.class_number, o.academic_year, o.title, o.activity, o.level, o.study_load_hours,
               o.learning_goals, o.organiser, o.lecturers, o.starts_at, o.ends_at, o.document,
               o.lecturer_ids, o.coordinator_ids, o.evaluation_opens_at, o.evaluation_open_until
        FROM unnest($1::uuid[]) WITH ORDINALITY AS taken (document_id, position)
        JOIN document AS doc ON doc.document_id = taken.document_id
        JOIN dossier AS d ON d.enrolment_id = doc.enrolment_id
        JOIN result AS r ON r.enrolment_id = d.enrolment_id AND r.version = d.result_version
        JOIN person AS p ON p.account_id = d.learner_id AND p.erased_at IS NULL
        JOIN offering AS o ON o.offering_id = d.offering_id
        LEFT JOIN document AS before ON before.document_id = doc.replaces
        ORDER BY taken.position
        """,
        document_ids,
    )
    return [_draft(record) for record in records]


def _draft(record: asyncpg.Record) -> Draft:
    fields: dict[str, Any] = dict(record)
    return msgspec.convert(fields | {"offering": as_offering(record)}, Draft)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A document that has been printed, and not issued yet."""

    draft: Draft
    printed: Printed
    files: dict[Language, bytes]


async def issue(tx: Connection, made: Sequence[Made]) -> set[UUID]:
    """Issue documents; returns those that were, and leaves out what was redrafted or revoked meanwhile."""
    records = await tx.fetch(
        """
        WITH valid AS (
            SELECT doc.document_id, made.language, made.printed, made.issued_at
            FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::jsonb[], $5::timestamptz[])
                 AS made (document_id, draft, language, printed, issued_at)
            JOIN document AS doc
              ON doc.document_id = made.document_id AND doc.draft = made.draft AND doc.state = 'planned'
            ORDER BY doc.document_id
            FOR UPDATE OF doc
        )
        UPDATE document
        SET state = 'issued', language = valid.language, printed = valid.printed,
            issued_at = valid.issued_at, leased_until = NULL, trouble = NULL
        FROM valid WHERE document.document_id = valid.document_id
        RETURNING document.document_id
        """,
        [each.draft.document_id for each in made],
        [each.draft.draft for each in made],
        [each.draft.language for each in made],
        [each.printed for each in made],
        [each.printed.issued_at for each in made],
    )
    return {record["document_id"] for record in records}


async def save_files(tx: Connection, files: Sequence[tuple[UUID, Language, bytes]]) -> None:
    """Keep what was issued, byte by byte."""
    await tx.execute(
        """
        INSERT INTO document_file (document_id, language, pdf, sha256)
        SELECT document_id, language, pdf, sha256(pdf)
        FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS made (document_id, language, pdf)
        """,
        [document_id for document_id, _, _ in files],
        [language for _, language, _ in files],
        [pdf for _, _, pdf in files],
    )


async def put_off(tx: Connection, draft: Draft, *, until: datetime, trouble: str) -> None:
    """Leave a document that could not be printed until later, and say so to whoever looks."""
    await tx.execute(
        """
        UPDATE document SET leased_until = $3, trouble = $4
        WHERE document_id = $1 AND draft = $2 AND state = 'planned'
        """,
        draft.document_id,
        draft.draft,
        until,
        trouble,
    )


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A document as people see it."""

    document_id: UUID
    enrolment_id: UUID
    offering_id: UUID
    learner_id: UUID
    kind: Kind
    state: Literal["planned", "issued", "revoked"]
    code: str
    number: str | None
    language: Language | None
    title: Translated | None
    issued_at: datetime | None
    revoked_at: datetime | None
    revoked_why: RevokedWhy | None
    replaces: str | None
    """The number of the document that it replaces."""
    replaced_by: str | None
    """The number of the document that replaces it, once that is issued."""
    trouble: str | None


async def get_document(connection: Connection, document_id: UUID) -> Found | None:
    """One document."""
    record = await connection.fetchrow(
        """
        SELECT doc.document_id, doc.enrolment_id, d.offering_id, d.learner_id, doc.kind, doc.state,
               doc.code, doc.number, doc.language, doc.printed -> 'title' AS title, doc.issued_at,
               doc.revoked_at, doc.revoked_why, before.number AS replaces,
               after.number AS replaced_by, doc.trouble
        FROM document AS doc
        JOIN dossier AS d ON d.enrolment_id = doc.enrolment_id
        LEFT JOIN document AS before ON before.document_id = doc.replaces
        LEFT JOIN document AS after ON after.replaces = doc.document_id AND after.issued_at IS NOT NULL
        WHERE doc.document_id = $1
        """,
        document_id,
    )
    return maybe_struct(Found, record)


async def list_documents(connection: Connection, enrolment_ids: Sequence[UUID]) -> list[Found]:
    """All documents of these dossiers, the latest first."""
    records = await connection.fetch(
        """
        SELECT doc.document_id, doc.enrolment_id, d.offering_id, d.learner_id, doc.kind, doc.state,
               doc.code, doc.number, doc.language, doc.printed -> 'title' AS title, doc.issued_at,
               doc.revoked_at, doc.revoked_why, before.number AS replaces,
               after.number AS replaced_by, doc.trouble
        FROM document AS doc
        JOIN dossier AS d ON d.enrolment_id = doc.enrolment_id
        LEFT JOIN document AS before ON before.document_id = doc.replaces
        LEFT JOIN document AS after ON after.replaces = doc.document_id AND after.issued_at IS NOT NULL
        WHERE doc.enrolment_id = ANY($1::uuid[])
        ORDER BY doc.document_id DESC
        """,
        enrolment_ids,
    )
    return [as_struct(Found, record) for record in records]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of a document in one language."""

    pdf: bytes
    sha256: bytes


async def get_file(connection: Connection, document_id: UUID, language: Language) -> File | None:
    """What was issued, byte by byte."""
    record = await connection.fetchrow(
        "SELECT pdf, sha256 FROM document_file WHERE document_id = $1 AND language = $2",
        document_id,
        language,
    )
    return maybe_struct(File, record)


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A document that somebody holds in their hands."""

    state: str
    kind: Kind
    number: str
    issued_at: datetime
    printed: Printed | None
    """None once it was erased."""
    revoked_at: datetime | None
    erased_at: datetime | None
    replaced_by: str | None


async def find_by_code(connection: Connection, code: str) -> Verified | None:
    """The document with this code, if it was ever issued."""
    record = await connection.fetchrow(
        """
        SELECT doc.state, doc.kind, doc.number, doc.issued_at, doc.printed, doc.revoked_at, doc.erased_at,
               after.number AS replaced_by
        FROM document AS doc
        LEFT JOIN document AS after ON after.replaces = doc.document_id AND after.issued_at IS NOT NULL
        WHERE doc.code = $1 AND doc.issued_at IS NOT NULL
        """,
        code,
    )
    return maybe_struct(Verified, record)
