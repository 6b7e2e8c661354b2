"""Opening evaluations when their day has come, and taking answers once."""

from datetime import datetime
from uuid import UUID

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from services.records import store
from services.records.domain import evaluations
from services.records.domain.evaluations import Answers, Evaluation

_OPENED_AT_ONCE = 200


async def open_evaluations(tx: Connection, *, now: datetime) -> int:
    """Tell a portion of those whose evaluation is open; returns how many were due."""
    due = await store.evaluations.lock_due(tx, now=now, limit=_OPENED_AT_ONCE)
    if not due:
        return 0
    opened = await store.evaluations.save_opened(
        tx, due, [each.evaluation_id or new_id() for each in due]
    )
    facts = [
        evaluations.open_evaluation(each, evaluation_id=opened[each.enrolment_id])
        for each in due
        if each.enrolment_id in opened
    ]
    await tell(tx, *facts, now=now)
    return len(due)


async def submit_evaluation(
    tx: Connection,
    evaluation_id: UUID,
    answers: Answers,
    *,
    learner_id: UUID,
    key: str,
    now: datetime,
) -> tuple[Evaluation, bool]:
    """Take somebody's answers, apart from their name; the same key again changes nothing.

    Returns the evaluation, and whether this was a repetition. The answers are not compared then:
    what somebody said is not kept with their key, not even as a hash.

    Raises:
        Refusal: it is not theirs, not open, or they have answered.
    """
    evaluation = await store.evaluations.lock_evaluation(tx, evaluation_id)
    if evaluation is None or evaluation.learner_id != learner_id:
        raise NOT_FOUND()
    if evaluation.submission_key == key:
        return evaluation, True
    submitted, fact = evaluations.submit_evaluation(evaluation, key=key, now=now)
    await store.evaluations.mark_submitted(tx, submitted)
    box = await store.evaluations.lock_box(tx, evaluation.offering_id)
    await store.evaluations.save_box(tx, evaluation.offering_id, evaluations.put_in(box, answers))
    await tell(tx, fact, now=now)
    return submitted, False
