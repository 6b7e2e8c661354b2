"""What several topics of the edge need."""

from uuid import UUID

from chassis.database import Connection
from chassis.http.access import Caller
from chassis.http.problems import NOT_FOUND
from services.records import store
from services.records.domain.offerings import Offering
from services.records.domain.results import Recorder


def recorder(caller: Caller) -> Recorder:
    """Somebody who may record results: of every offering, or of their own."""
    return Recorder(account_id=caller.account_id, is_office=caller.has("office"))


async def get_own_offering(connection: Connection, caller: Caller, offering_id: UUID) -> Offering:
    """The office sees every offering, coordinators and lecturers their own.

    Raises:
        Refusal: there is none, or it is not theirs; nobody learns which.
    """
    offering = await store.copies.get_offering(connection, offering_id)
    if offering is None:
        raise NOT_FOUND()
    responsible = {*offering.coordinator_ids, *offering.lecturer_ids}
    if not caller.has("office") and caller.account_id not in responsible:
        raise NOT_FOUND()
    return offering
