"""Recording results and attendance, one by one or a whole list, and correcting them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from services.records import store
from services.records.domain import codes, documents, results
from services.records.domain.documents import Document
from services.records.domain.offerings import Offering
from services.records.domain.results import Dossier, Line, Recorded, Recorder, Result, Wanted


async def record_result(
    tx: Connection, enrolment_id: UUID, wanted: Wanted, *, by: Recorder, now: datetime
) -> Result:
    """Record a first result; what it earns is planned in this very transaction.

    Raises:
        Refusal: it is not theirs to record, or cannot be recorded.
    """
    dossier, offering = await _lock_case(tx, enrolment_id, by)
    recorded = results.record_result(dossier, offering, wanted, by=by.account_id, now=now)
    await _save(tx, [recorded], offering, now=now)
    return recorded.result


async def correct_result(
    tx: Connection, enrolment_id: UUID, wanted: Wanted, *, by: Recorder, now: datetime
) -> Result:
    """Correct a result, or record the first one. A document that is not true any more is revoked.

    Raises:
        Refusal: it is not theirs to record, or cannot be recorded.
    """
    dossier, offering = await _lock_case(tx, enrolment_id, by)
    recorded = results.correct_result(dossier, offering, wanted, by=by.account_id, now=now)
    if recorded is None:
        if dossier.result is None:
            raise AssertionError  # Only what is there can be as wanted already.
        return dossier.result
    await _save(tx, [recorded], offering, now=now)
    return recorded.result


async def record_results(
    tx: Connection, offering_id: UUID, lines: Sequence[Line], *, by: Recorder, now: datetime
) -> list[Recorded]:
    """Record a whole list, and return what was new in it.

    Raises:
        Refusal: the offering is not theirs.
        Faulty: nothing was recorded; names every line that cannot be.
    """
    offering = await _get_offering(tx, offering_id, by)
    dossiers = await store.results.lock_dossiers(tx, (line.enrolment_id for line in lines))
    recorded = results.record_results(dossiers, offering, lines, by=by.account_id, now=now)
    if recorded:
        await _save(tx, recorded, offering, now=now)
    return recorded


async def _save(
    tx: Connection, recorded: Sequence[Recorded], offering: Offering, *, now: datetime
) -> None:
    await store.results.save_results(tx, recorded)
    latest = await store.documents.lock_latest(tx, [each.dossier.enrolment_id for each in recorded])
    erased = await store.leavers.get_erased(tx, [each.dossier.learner_id for each in recorded])
    changed: list[Document] = []
    for each in recorded:
        if each.dossier.learner_id in erased:
            continue  # There is no name to print.
        changed += documents.settle_document(
            latest.get(each.dossier.enrolment_id),
            each,
            offering,
            document_id=new_id(),
            code=codes.make_code(secrets.token_bytes(codes.BYTES)),
            now=now,
        )
    if changed:
        await store.documents.save_documents(tx, changed)
    await tell(tx, *(each.fact for each in recorded), now=now)


async def _lock_case(tx: Connection, enrolment_id: UUID, by: Recorder) -> tuple[Dossier, Offering]:
    """Lock a dossier, and read its offering.

    Raises:
        Refusal: there is none, or it is in somebody else's offering; nobody learns which.
    """
    dossier = (await store.results.lock_dossiers(tx, [enrolment_id])).get(enrolment_id)
    if dossier is None:
        raise NOT_FOUND()
    return dossier, await _get_offering(tx, dossier.offering_id, by)


async def _get_offering(tx: Connection, offering_id: UUID, by: Recorder) -> Offering:
    offering = await store.copies.get_offering(tx, offering_id)
    if offering is None or not by.may_record_in(offering):
        raise NOT_FOUND()
    return offering
