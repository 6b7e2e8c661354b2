"""Who may do what (A34). Everybody is a learner; every other role is granted, and the granting is kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from contracts.identity import Role
from services.identity import refusals

Granted = Literal["administrator", "command", "import"]
"""How a role came or went: by an administrator, or by an operator at the machine."""

GRANTABLE: tuple[Role, ...] = ("office", "coordinator", "lecturer", "finance", "administrator")


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody held a role from one moment to another; who gave it and who took it stays known."""

    account_id: UUID
    role: Role
    granted_at: datetime
    granted_how: Granted
    granted_by: UUID | None
    """The administrator; None where an operator did it."""
    revoked_at: datetime | None = None
    revoked_by: UUID | None = None


def roles_of(grants: Iterable[Grant]) -> tuple[Role, ...]:
    """All roles of a person, learner first, then in a fixed order."""
    held = {grant.role for grant in grants if grant.revoked_at is None}
    return ("learner", *(role for role in GRANTABLE if role in held))


def grant_role(
    held: Sequence[Role],
    account_id: UUID,
    role: Role,
    *,
    how: Granted,
    by: UUID | None,
    now: datetime,
) -> Grant | None:
    """Give somebody a role; None if they have it already.

    Raises:
        Refusal: it cannot be given.
    """
    if role == "learner":
        raise refusals.LEARNER_IS_EVERYBODY()
    if role in held:
        return None
    return Grant(account_id=account_id, role=role, granted_at=now, granted_how=how, granted_by=by)


def revoke_role(held: Sequence[Role], role: Role, *, administrators: int) -> bool:
    """Whether there is a role to take away.

    Raises:
        Refusal: it cannot be taken away, or nobody could grant roles any more.
    """
    if role == "learner":
        raise refusals.LEARNER_IS_EVERYBODY()
    if role not in held:
        return False
    if role == "administrator" and administrators <= 1:
        raise refusals.LAST_ADMINISTRATOR()
    return True
