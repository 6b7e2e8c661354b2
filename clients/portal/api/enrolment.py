"""What the portal reads of enrolment."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.catalogue import Places

State = Literal["waitlisted", "offered", "held", "confirmed", "lapsed", "withdrawn", "cancelled"]
ALIVE: tuple[State, ...] = ("waitlisted", "offered", "held", "confirmed")
"""What has not come to an end."""

Payer = Literal["self", "employer"]
Reason = Literal["time", "ill", "wrong", "work", "other"]

_MOST = 100


class Enrolment(msgspec.Struct, frozen=True):
    """One enrolment of the reader's."""

    enrolment_id: UUID
    offering_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    state: State
    payer: Payer
    fee_minor: int
    currency: str
    requested_at: datetime
    accepted_at: datetime
    policy_version: int
    terms_version: int
    held_until: datetime | None
    offered_until: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    position: int | None
    """In the waiting list."""


class LeavingCost(msgspec.Struct, frozen=True):
    """Leaving before this instant (None: for good) costs this much."""

    until: datetime | None
    kept_minor: int


class LeavingCosts(msgspec.Struct, frozen=True):
    """What leaving costs, by the very rule that is applied when somebody leaves."""

    policy_version: int
    fee_minor: int
    currency: str
    costs: tuple[LeavingCost, ...]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a place, and accept these versions (A21)."""

    offering_id: UUID
    accepted_policy_version: int
    accepted_terms_version: int
    payer: Payer


class Requested(msgspec.Struct, frozen=True):
    """What became of a wish."""

    enrolment_id: UUID
    state: State


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw, and say why."""

    reason: Reason
    note: str | None


class Withdrawal(msgspec.Struct, frozen=True):
    """A withdrawal, and what became of it."""

    withdrawal_id: UUID
    reason: Reason
    submitted_at: datetime
    state: Literal["to_review", "reviewed", "nothing_to_review"]
    fee_minor: int
    refund_minor: int
    currency: str


class _Page(msgspec.Struct, frozen=True):
    items: tuple[Enrolment, ...]


async def get_places(ask: Asking, offering_id: UUID) -> Places:
    """How many places are left, to the second."""
    return await ask.get("enrolment", f"/v1/offerings/{offering_id}/places", Places)


async def get_leaving_costs(ask: Asking, offering_id: UUID) -> LeavingCosts:
    """What leaving would cost the reader if they enrolled now."""
    return await ask.get("enrolment", f"/v1/offerings/{offering_id}/leaving-costs", LeavingCosts)


async def get_my_leaving_costs(ask: Asking, enrolment_id: UUID) -> LeavingCosts:
    """What leaving costs the reader, by the policy that they accepted."""
    return await ask.get("enrolment", f"/v1/enrolments/{enrolment_id}/leaving-costs", LeavingCosts)


async def list_enrolments(ask: Asking) -> tuple[Enrolment, ...]:
    """The reader's enrolments, the latest first; the last hundred of them."""
    return (await ask.get("enrolment", "/v1/enrolments", _Page, limit=_MOST)).items


async def list_enrolments_in(ask: Asking, offering_id: UUID) -> tuple[Enrolment, ...]:
    """The reader's enrolments in one offering, the latest first."""
    return (await ask.get("enrolment", "/v1/enrolments", _Page, offering_id=str(offering_id))).items


async def get_enrolment(ask: Asking, enrolment_id: UUID) -> Enrolment:
    """One enrolment."""
    return await ask.get("enrolment", f"/v1/enrolments/{enrolment_id}", Enrolment)


async def request_enrolment(ask: Asking, wish: Wish, *, key: str) -> Requested:
    """Ask for a place: it is held, final at once, or the reader stands in line."""
    return await ask.post("enrolment", "/v1/enrolments", wish, Requested, key=key)


async def accept_offer(ask: Asking, enrolment_id: UUID, *, key: str) -> Enrolment:
    """Take the place that is offered."""
    path = f"/v1/enrolments/{enrolment_id}/acceptance"
    return await ask.post("enrolment", path, None, Enrolment, key=key)


async def submit_withdrawal(
    ask: Asking, enrolment_id: UUID, leave: Leave, *, key: str
) -> Withdrawal:
    """Leave: the place is free at once."""
    path = f"/v1/enrolments/{enrolment_id}/withdrawal"
    return await ask.post("enrolment", path, leave, Withdrawal, key=key)


async def get_withdrawal(ask: Asking, enrolment_id: UUID) -> Withdrawal:
    """The reader's withdrawal."""
    return await ask.get("enrolment", f"/v1/enrolments/{enrolment_id}/withdrawal", Withdrawal)
