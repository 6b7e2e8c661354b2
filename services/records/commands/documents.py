"""From a planned document to an issued one, and from an issued one to the one that replaces it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from services.records import store
from services.records.domain import codes, documents
from services.records.domain.documents import Document, Draft
from services.records.store.documents import Made


async def take_drafts(
    tx: Connection, *, leased_until: datetime, limit: int, zone: ZoneInfo, now: datetime
) -> list[Draft]:
    """Take planned documents to be printed, and number those that have no number yet.

    Numbers commit with the documents that bear them, so there is never a gap. Whoever dies
    before issuing leaves the document due again when the lease is over, with the same number.
    """
    taken = await store.documents.lease_planned(tx, now=now, leased_until=leased_until, limit=limit)
    new = [document_id for document_id, number in taken if number is None]
    if new:
        year = now.astimezone(zone).year
        serials = await store.documents.take_serials(tx, year, len(new))
        numbers = [documents.number_of(year, serial) for serial in serials]
        await store.documents.save_numbers(tx, list(zip(new, numbers, strict=True)))
    return await store.documents.get_drafts(tx, [document_id for document_id, _ in taken])


async def issue_documents(tx: Connection, made: Sequence[Made], *, now: datetime) -> list[UUID]:
    """Issue what has been printed, and say so. What was corrected meanwhile is not issued."""
    issued = await store.documents.issue(tx, made)
    valid = [each for each in made if each.draft.document_id in issued]
    await store.documents.save_files(
        tx,
        [
            (each.draft.document_id, language, pdf)
            for each in valid
            for language, pdf in each.files.items()
        ],
    )
    facts = [documents.issue_document(each.draft, each.printed) for each in valid]
    await tell(tx, *facts, now=now)
    return [fact.document_id for fact in facts]


async def put_off_document(tx: Connection, draft: Draft, *, until: datetime, trouble: str) -> None:
    """Leave a document that cannot be printed until later, for example until a name is corrected."""
    await store.documents.put_off(tx, draft, until=until, trouble=trouble)


async def replace_document(
    tx: Connection, document_id: UUID, *, reason: str, by: UUID, now: datetime
) -> Document:
    """Take back a document and plan the one that replaces it.

    Raises:
        Refusal: there is no such document, or it is not valid now.
    """
    await store.results.lock_dossiers(tx, await store.documents.get_enrolment_ids(tx, document_id))
    document = await store.documents.lock_document(tx, document_id)
    if document is None:
        raise NOT_FOUND()
    revoked, planned = documents.replace_document(
        document,
        reason=reason,
        by=by,
        document_id=new_id(),
        code=codes.make_code(secrets.token_bytes(codes.BYTES)),
        now=now,
    )
    await store.documents.save_documents(tx, [revoked, planned])
    return planned
