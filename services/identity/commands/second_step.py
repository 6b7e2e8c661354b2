"""Setting up a second step, giving its code, taking it away."""

import os
from datetime import datetime
from uuid import UUID

import structlog

from chassis.database import Connection
from chassis.outbox import tell
from contracts.identity import SecondStepTurnedOff, SecondStepTurnedOn
from services.identity import refusals, store
from services.identity.domain import second_step
from services.identity.domain.logins import OWN
from services.identity.domain.second_step import SecondStep
from services.identity.domain.tokens import digest
from services.identity.sealing import Seal

log = structlog.get_logger()


async def begin(tx: Connection, account_id: UUID, *, seal: Seal, now: datetime) -> None:
    """Make a secret for somebody's app; it counts once a code of it was right.

    Raises:
        Refusal: they have no password that it could come after, or a second step already.
    """
    if await store.accounts.get_mail_key(tx, account_id) is None:
        raise refusals.NO_SUCH_LOGIN()
    secret = second_step.secret_from(os.urandom(second_step.SECRET_BYTES))
    step = SecondStep(
        account_id=account_id, locked_secret=seal.lock(secret, account_id), begun_at=now
    )
    if not await store.second_step.begin_step(tx, step):
        raise refusals.SECOND_STEP_IS_ON()


async def confirm(
    tx: Connection, account_id: UUID, code: str, *, seal: Seal, now: datetime
) -> list[str] | None:
    """Let a second step count from now on, and its owner know; returns the recovery codes, None for a wrong code.

    Raises:
        Refusal: nothing was set up, or it counts already.
    """
    step = await store.second_step.lock_step(tx, account_id)
    if step is None:
        raise refusals.NO_SECOND_STEP()
    if step.confirmed_at is not None:
        raise refusals.SECOND_STEP_IS_ON()
    if not await _fits_app(tx, step, code, seal=seal, now=now):
        return None
    codes = second_step.recovery_codes_from(
        [os.urandom(second_step.RECOVERY_BYTES) for _ in range(second_step.RECOVERY_CODES)]
    )
    hashes = [second_step.recovery_hash(each) for each in codes]
    await store.second_step.insert_recovery_codes(tx, account_id, hashes)
    await store.logins.insert_history(tx, account_id, OWN, "protected", now=now)
    await tell(tx, SecondStepTurnedOn(account_id=account_id, happened_at=now), now=now)
    log.info("identity.second_step_confirmed", account_id=str(account_id))
    return codes


async def give_code(
    tx: Connection, account_id: UUID, code: str, *, cookie: str, seal: Seal, now: datetime
) -> bool:
    """Use up a code, of the app or a recovery code, and the login that waited for it; False if it is wrong.

    Raises:
        Refusal: the login does not wait any more.
    """
    step = await store.second_step.lock_step(tx, account_id)
    if step is None or step.confirmed_at is None:
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    fits = await _fits_app(tx, step, code, seal=seal, now=now)
    if not fits and not await store.second_step.take_recovery_code(
        tx, account_id, second_step.recovery_hash(code)
    ):
        return False
    if not await store.second_step.take_half_login(tx, digest(cookie)):
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    if not fits:
        log.info("identity.recovery_code_used", account_id=str(account_id))
    return True


async def remove(tx: Connection, account_id: UUID, *, now: datetime) -> None:
    """Let the password do again, and its owner know; nothing happens where there is no second step."""
    if await store.second_step.delete_step(tx, account_id):
        await store.logins.insert_history(tx, account_id, OWN, "unprotected", now=now)
        await tell(tx, SecondStepTurnedOff(account_id=account_id, happened_at=now), now=now)
        log.info("identity.second_step_removed", account_id=str(account_id))


async def _fits_app(
    tx: Connection, step: SecondStep, code: str, *, seal: Seal, now: datetime
) -> bool:
    secret = seal.unlock(step.locked_secret, step.account_id)
    used = second_step.step_of(code, secret, last_used=step.last_used, now=now)
    if used is None:
        return False
    await store.second_step.save_use(tx, step.account_id, used, now=now)
    return True
