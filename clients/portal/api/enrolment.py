"""What the portal reads of enrolment."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.catalogue import Places

State = Literal["waitlisted", "offered", "held", "confirmed", "lapsed", "withdrawn", "cancelled"]

_MOST = 100


class Enrolment(msgspec.Struct, frozen=True):
    """One enrolment of the reader's."""

    enrolment_id: UUID
    offering_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    state: State
    payer: Literal["self", "employer"]
    fee_minor: int
    currency: str
    requested_at: datetime
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

    fee_minor: int
    currency: str
    costs: tuple[LeavingCost, ...]


class _Page(msgspec.Struct, frozen=True):
    items: tuple[Enrolment, ...]


async def get_places(ask: Asking, offering_id: UUID) -> Places:
    """How many places are left, to the second."""
    return await ask.get("enrolment", f"/v1/offerings/{offering_id}/places", Places)


async def get_leaving_costs(ask: Asking, offering_id: UUID) -> LeavingCosts:
    """What leaving would cost the reader if they enrolled now."""
    return await ask.get("enrolment", f"/v1/offerings/{offering_id}/leaving-costs", LeavingCosts)


async def list_enrolments(ask: Asking) -> tuple[Enrolment, ...]:
    """The reader's enrolments, the latest first; the last hundred of them."""
    return (await ask.get("enrolment", "/v1/enrolments", _Page, limit=_MOST)).items


async def get_enrolment(ask: Asking, enrolment_id: UUID) -> Enrolment:
    """One enrolment."""
    return await ask.get("enrolment", f"/v1/enrolments/{enrolment_id}", Enrolment)
