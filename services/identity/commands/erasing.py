"""Forgetting somebody: asked for, answered, done everywhere."""

from datetime import datetime
from uuid import UUID

import structlog

from chassis.database import Connection
from chassis.erasing import forget_answers, forget_parked
from chassis.outbox import tell
from contracts.erasure import AnsweredErasure, ErasedPersonalData
from contracts.fact import publisher_of
from services.identity import refusals, store
from services.identity.domain import erasing, roles
from services.identity.domain.erasing import Erasure

log = structlog.get_logger()


async def request_erasure(tx: Connection, account_id: UUID, *, now: datetime) -> Erasure:
    """Ask the services whether anything stands in the way. Asking again while they answer changes nothing.

    Raises:
        Refusal: there is nobody with this id, or nobody could grant roles any more.
    """
    administrators = await store.roles.lock_administrators(tx)
    if await store.accounts.lock_account(tx, account_id) is None:
        raise refusals.NO_SUCH_PERSON()
    held = roles.roles_of(await store.roles.get_grants(tx, [account_id]))
    roles.revoke_role(held, "administrator", administrators=administrators)
    known = await store.erasing.lock_erasure(tx, account_id)
    requested = erasing.request_erasure(known, account_id, now=now)
    if requested is None:
        if known is None:
            raise AssertionError  # Only what is there can be under way.
        return known
    erasure, fact = requested
    await store.erasing.save_erasure(tx, erasure)
    await tell(tx, fact, now=now)
    log.info("identity.erasure_requested", account_id=str(account_id))
    return erasure


async def cancel_erasure(tx: Connection, account_id: UUID, *, now: datetime) -> Erasure:
    """Take the request back, as long as nothing has been erased.

    Raises:
        Refusal: nothing was asked, or it is too late.
    """
    known = await store.erasing.lock_erasure(tx, account_id)
    erasure, fact = erasing.cancel_erasure(known, now=now)
    await store.erasing.save_erasure(tx, erasure)
    if fact is not None:
        await tell(tx, fact, now=now)
    log.info("identity.erasure_cancelled", account_id=str(account_id))
    return erasure


async def take_answer(tx: Connection, answer: AnsweredErasure, *, now: datetime) -> None:
    """Note what a service answered; when all have nothing against it, forget the person here and tell all."""
    account_id = answer.account_id
    await store.accounts.lock_account(tx, account_id)
    known = await store.erasing.lock_erasure(tx, account_id)
    taken = erasing.take_answer(known, publisher_of(type(answer)), answer, now=now)
    if taken is None:
        return
    erasure, fact = taken
    if erasure.state == "erasing":
        await _forget(tx, account_id, now=now)
    await store.erasing.save_erasure(tx, erasure)
    if fact is not None:
        await tell(tx, fact, now=now)


async def _forget(tx: Connection, account_id: UUID, *, now: datetime) -> None:
    """Forget who somebody was; their row is locked. Grants of roles stay, and end.

    Links come after the account here, against the usual order: whoever opens one at this very moment may
    make the database end one of the two, and both are begun again.
    """
    await store.erasing.forget_links(tx, account_id)
    await store.erasing.forget_account(tx, account_id, now=now)
    await store.erasing.forget_logins(tx, account_id)
    await store.erasing.forget_sessions_and_tokens(tx, account_id)
    await store.roles.end_grants(tx, account_id, now=now)
    await forget_answers(tx, account_id)
    await forget_parked(tx, [account_id])
    log.info("identity.account_erased", account_id=str(account_id))


async def take_report(tx: Connection, report: ErasedPersonalData, *, now: datetime) -> None:
    """Note that a service has erased its part, and what it keeps."""
    known = await store.erasing.lock_erasure(tx, report.account_id)
    erasure = erasing.take_report(known, publisher_of(type(report)), report, now=now)
    if erasure is None:
        return
    await store.erasing.save_erasure(tx, erasure)
    if erasure.state == "done":
        log.info("identity.erasure_done", account_id=str(report.account_id))
