"""Leaving, and what the office decides of the money."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from contracts.enrolment import WithdrawalReason
from services.enrolment import store
from services.enrolment.commands.changes import Changes, lock_own, pass_on_seats, policy_of
from services.enrolment.domain import places
from services.enrolment.domain.places import Withdrawal
from services.enrolment.domain.review import Decision, Reviewed
from services.enrolment.domain.review import review_withdrawal as decide_review


async def submit_withdrawal(
    tx: Connection,
    enrolment_id: UUID,
    *,
    learner_id: UUID,
    reason: WithdrawalReason,
    note: str | None,
    zone: ZoneInfo,
    now: datetime,
) -> Withdrawal:
    """Let a learner leave; the seat goes to the next in line in this very transaction.

    Raises:
        Refusal: it is not theirs, or has ended, or the course has.
    """
    before, enrolment = await lock_own(tx, enrolment_id, learner_id, zone)
    offering, left, withdrawal, fact = places.submit_withdrawal(
        before,
        enrolment,
        await policy_of(tx, enrolment),
        withdrawal_id=new_id(),
        reason=reason,
        note=note,
        now=now,
    )
    await store.insert_withdrawal(tx, withdrawal)
    changes = Changes(now)
    changes.note(before, offering, [left], [fact])
    await pass_on_seats(tx, offering, changes)
    await changes.save(tx)
    return withdrawal


async def review_withdrawal(
    tx: Connection,
    withdrawal_id: UUID,
    decision: Decision,
    *,
    by: UUID,
    zone: ZoneInfo,
    now: datetime,
) -> Reviewed:
    """Decide what the learner gets back.

    Raises:
        Refusal: there is no such withdrawal, or it cannot be decided so.
    """
    found = await store.lock_withdrawal(tx, withdrawal_id)
    if found is None:
        raise NOT_FOUND()
    withdrawal, reviewed_at = found
    enrolment = (await store.lock_enrolments(tx, [withdrawal.enrolment_id]))[
        withdrawal.enrolment_id
    ]
    offering = await store.get_offering(tx, enrolment.offering_id, zone)
    if offering is None:
        raise NOT_FOUND()
    case = places.case_of(offering, enrolment, await policy_of(tx, enrolment))
    reviewed, enrolment, fact = decide_review(
        withdrawal, enrolment, case, decision, by=by, reviewed_at=reviewed_at, now=now
    )
    await store.save_review(tx, reviewed)
    await store.save_enrolments(tx, [enrolment])
    await tell(tx, fact, now=now)
    return reviewed
