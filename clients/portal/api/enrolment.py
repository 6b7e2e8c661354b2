"""What the portal reads of enrolment."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.catalogue import Places
from clients.portal.api.paging import MOST, Page, list_all

State = Literal["waitlisted", "offered", "held", "confirmed", "lapsed", "withdrawn", "cancelled"]
_ON_A_PAGE = 50
ALIVE: tuple[State, ...] = ("waitlisted", "offered", "held", "confirmed")
"""What has not come to an end."""

Payer = Literal["self", "employer"]
Reason = Literal["time", "ill", "wrong", "work", "other"]
WithdrawalState = Literal["to_review", "reviewed", "nothing_to_review"]
Ground = Literal["policy", "goodwill", "medical", "organiser"]


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
    state: WithdrawalState
    fee_minor: int
    refund_minor: int
    currency: str


class WithdrawalToReview(msgspec.Struct, frozen=True):
    """A withdrawal as the office sees it."""

    withdrawal_id: UUID
    offering_id: UUID
    title: str
    learner_id: UUID
    reason: Reason
    note: str | None
    submitted_at: datetime
    state: WithdrawalState
    policy_version: int
    accepted_at: datetime
    fee_minor: int
    kept_minor: int
    refund_by_policy_minor: int
    currency: str
    reviewed_at: datetime | None
    ground: Ground | None
    refund_minor: int | None
    explanation: str | None


class Review(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is decided; without an amount, what follows from the ground."""

    ground: Ground
    refund_minor: int | None = None
    explanation: str | None = None


class Reviewed(msgspec.Struct, frozen=True):
    """What was decided."""

    withdrawal_id: UUID


class HeadCount(msgspec.Struct, frozen=True):
    """How many people are in each state (B9, B10)."""

    capacity: int
    confirmed: int
    held: int
    offered: int
    waitlisted: int


class Behalf(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the office enrols, and what it goes by."""

    learner_id: UUID
    affiliation: Literal["guest", "staff", "student"]
    accepted_policy_version: int
    accepted_terms_version: int
    why: str
    payer: Literal["self", "employer"]


class Enrolled(msgspec.Struct, frozen=True):
    """Somebody on the list of an offering."""

    enrolment_id: UUID
    learner_id: UUID
    state: State
    payer: Literal["self", "employer"]
    requested_at: datetime
    held_until: datetime | None
    offered_until: datetime | None
    position: int | None
    enrolled_by: UUID | None = None


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
    return (await ask.get("enrolment", "/v1/enrolments", _Page, limit=MOST)).items


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


async def list_withdrawals(
    ask: Asking, state: WithdrawalState, *, cursor: str | None = None, limit: int = 20
) -> Page[WithdrawalToReview]:
    """The office's queue, the longest waiting first."""
    return await ask.get(
        "enrolment",
        "/v1/withdrawals",
        Page[WithdrawalToReview],
        state=state,
        cursor=cursor,
        limit=limit,
    )


async def get_withdrawal_to_review(ask: Asking, withdrawal_id: UUID) -> WithdrawalToReview:
    """One withdrawal, whatever its state, as the office sees it."""
    return await ask.get("enrolment", f"/v1/withdrawals/{withdrawal_id}", WithdrawalToReview)


async def review_withdrawal(
    ask: Asking, withdrawal_id: UUID, review: Review, *, key: str
) -> Reviewed:
    """Decide what a learner gets back; refund and mail follow by themselves."""
    path = f"/v1/withdrawals/{withdrawal_id}/review"
    return await ask.post("enrolment", path, review, Reviewed, key=key)


async def get_head_count(ask: Asking, offering_id: UUID) -> HeadCount:
    """How many people to expect."""
    return await ask.get("enrolment", f"/v1/offerings/{offering_id}/head-count", HeadCount)


async def enrol_on_behalf(ask: Asking, offering_id: UUID, behalf: Behalf, *, key: str) -> Requested:
    """Enrol somebody else (B3); both are told by mail."""
    path = f"/v1/offerings/{offering_id}/enrolments"
    return await ask.post("enrolment", path, behalf, Requested, key=key)


async def list_enrolled(ask: Asking, offering_id: UUID, *, cursor: str = "") -> Page[Enrolled]:
    """Those who take part in an offering or wait, in order of arrival, part by part."""
    path = f"/v1/offerings/{offering_id}/enrolments"
    return await ask.get(
        "enrolment", path, Page[Enrolled], present=True, limit=_ON_A_PAGE, cursor=cursor
    )


async def list_all_enrolled(ask: Asking, offering_id: UUID) -> tuple[Enrolled, ...]:
    """All of them."""
    path = f"/v1/offerings/{offering_id}/enrolments"
    return await list_all(ask, "enrolment", path, Enrolled, present=True)
