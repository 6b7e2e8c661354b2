"""Forgetting somebody: the name, and the documents that it stands on."""

from datetime import datetime
from uuid import UUID

from chassis.database import Connection
from chassis.erasing import forget_answers
from chassis.outbox import tell
from contracts.erasure import Retained
from contracts.records import RecordsErasedPersonalData
from services.records import store


async def forget_person(
    tx: Connection, account_id: UUID, *, keeps_documents: bool, now: datetime
) -> None:
    """Forget a name and, unless the institution keeps a register of them, the documents that it stands on.

    Bare results stay, by an id that leads to nobody: courses are counted with them. So do answers to
    evaluations, which nobody can find among those of the others.
    """
    await store.leavers.forget_person(tx, account_id, now=now)
    enrolment_ids = await store.leavers.get_dossier_ids(tx, account_id)
    await store.results.lock_dossiers(tx, enrolment_ids)
    await store.leavers.forget_reasons(tx, enrolment_ids)
    retained = [Retained(what="results", because="names_nobody", until=None)]
    if keeps_documents:
        retained.append(Retained(what="documents", because="diploma_register", until=None))
    else:
        await store.leavers.erase_documents(tx, enrolment_ids, by=account_id, now=now)
    await forget_answers(tx, account_id, about=enrolment_ids)
    fact = RecordsErasedPersonalData(account_id=account_id, retained=tuple(retained), erased_at=now)
    await tell(tx, fact, now=now)
