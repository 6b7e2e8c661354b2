"""Who may do what."""

from datetime import datetime
from uuid import UUID

import structlog

from chassis.database import Connection
from contracts.identity import Role
from services.identity import refusals, store
from services.identity.domain import roles
from services.identity.domain.roles import Granted

log = structlog.get_logger()


async def grant_role(
    tx: Connection,
    account_id: UUID,
    role: Role,
    *,
    how: Granted,
    by: UUID | None = None,
    now: datetime,
) -> bool:
    """Give somebody a role; False if they have it already.

    Raises:
        Refusal: there is nobody with this id, or the role is not one that is given.
    """
    held = await _roles_under_lock(tx, account_id)
    grant = roles.grant_role(held, account_id, role, how=how, by=by, now=now)
    if grant is None:
        return False
    await store.roles.insert_grant(tx, grant)
    log.info(
        "identity.role_granted",
        account_id=str(account_id),
        role=role,
        how=how,
        by=None if by is None else str(by),
    )
    return True


async def revoke_role(
    tx: Connection, account_id: UUID, role: Role, *, by: UUID, now: datetime
) -> bool:
    """Take a role away; False if they do not have it.

    Raises:
        Refusal: there is nobody with this id, or nobody could grant roles any more.
    """
    administrators = await store.roles.lock_administrators(tx)
    held = await _roles_under_lock(tx, account_id)
    if not roles.revoke_role(held, role, administrators=administrators):
        return False
    await store.roles.end_grant(tx, account_id, role, by=by, now=now)
    log.info("identity.role_revoked", account_id=str(account_id), role=role, by=str(by))
    return True


async def _roles_under_lock(tx: Connection, account_id: UUID) -> tuple[Role, ...]:
    if await store.accounts.lock_account(tx, account_id) is None:
        raise refusals.NO_SUCH_PERSON()
    return roles.roles_of(await store.roles.get_grants(tx, [account_id]))
