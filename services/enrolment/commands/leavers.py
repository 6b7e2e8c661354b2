"""What enrolment answers when somebody has their data erased (decision 0012)."""

from datetime import datetime

from chassis.database import Connection
from chassis.erasing import forget_answers
from chassis.outbox import tell
from contracts.identity import AccountErased, ErasureCancelled, ErasureRequested
from services.enrolment import store
from services.enrolment.domain import leavers


async def answer_erasure(tx: Connection, told: ErasureRequested, *, now: datetime) -> None:
    """Say what stands in the way of forgetting somebody; if nothing does, let nothing new begin for them."""
    known = await store.lock_person(tx, told.account_id)
    standing = await store.get_enrolments_of(tx, told.account_id)
    answered = leavers.answer_erasure(known, told, standing, now=now)
    if answered is None:
        return
    leaver, fact = answered
    await store.save_leaver(tx, leaver)
    await tell(tx, fact, now=now)


async def cancel_erasure(tx: Connection, told: ErasureCancelled) -> None:
    """Let somebody enrol again who is not forgotten after all."""
    known = await store.lock_person(tx, told.account_id)
    leaver = leavers.cancel_erasure(known, told.account_id, told.version)
    if leaver is not None:
        await store.save_leaver(tx, leaver)


async def forget_person(tx: Connection, told: AccountErased, *, now: datetime) -> None:
    """Forget what somebody wrote and was written; their enrolments stay, by an id that leads to nobody."""
    known = await store.lock_person(tx, told.account_id)
    await store.save_leaver(tx, leavers.forget(known, told.account_id))
    withdrawals = await store.forget_words(tx, told.account_id)
    await forget_answers(tx, told.account_id, about=withdrawals)
    await tell(tx, leavers.report(told.account_id, now=now), now=now)
