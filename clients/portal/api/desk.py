"""What the portal reads and asks for those who work at a desk, of several services."""

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking, Part
from clients.portal.api.enrolment import State

T = TypeVar("T")

WithdrawalState = Literal["to_review", "reviewed", "nothing_to_review"]
Ground = Literal["policy", "goodwill", "medical", "organiser"]
Outcome = Literal["passed", "failed", "attended", "absent"]

_MOST = 100
"""Items per page, and people per question, as the services allow."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list."""

    items: tuple[T, ...]
    next: str | None = None

    @property
    def cursor(self) -> str | None:
        """Of the next part; None on the last."""
        if self.next is None:
            return None
        return parse_qs(urlsplit(self.next).query)["cursor"][0]


class Withdrawal(msgspec.Struct, frozen=True):
    """A withdrawal as the office sees it."""

    withdrawal_id: UUID
    offering_id: UUID
    title: str
    learner_id: UUID
    reason: Literal["ill", "other", "time", "work", "wrong"]
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


class Somebody(msgspec.Struct, frozen=True):
    """Who an account id is."""

    account_id: UUID
    name: str
    affiliation: Literal["guest", "staff", "student"]


class DossierResult(msgspec.Struct, frozen=True):
    """The result that holds."""

    outcome: Outcome
    grade: str | None


class DossierDocument(msgspec.Struct, frozen=True):
    """The latest document of a participant."""

    state: Literal["planned", "issued", "revoked"]


class Dossier(msgspec.Struct, frozen=True):
    """One participant of an offering."""

    enrolment_id: UUID
    learner_id: UUID
    name: str | None
    state: Literal["open", "closed"]
    result: DossierResult | None
    document: DossierDocument | None


class Result(msgspec.Struct, frozen=True):
    """A result as it was recorded."""

    outcome: Outcome
    grade: str | None
    reason: str | None
    recorded_at: datetime
    recorded_by: UUID


class History(msgspec.Struct, frozen=True):
    """The result that holds, and those that were corrected, the latest first."""

    result: Result | None
    corrected: tuple[Result, ...]


class ResultLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One participant in a list that is to be recorded."""

    enrolment_id: UUID
    outcome: Outcome
    grade: str | None = None


class ResultList(msgspec.Struct, frozen=True):
    """A whole list: all of it is recorded, or nothing."""

    results: tuple[ResultLine, ...]


class Recorded(msgspec.Struct, frozen=True):
    """What became of a list."""

    recorded: int


class ResultCorrection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What holds from now on, and why."""

    outcome: Outcome
    reason: str
    grade: str | None = None


async def list_withdrawals(
    ask: Asking, state: WithdrawalState, *, cursor: str | None = None, limit: int = 20
) -> Page[Withdrawal]:
    """The office's queue, the longest waiting first."""
    return await ask.get(
        "enrolment",
        "/v1/withdrawals",
        Page[Withdrawal],
        state=state,
        cursor=cursor,
        limit=limit,
    )


async def get_withdrawal(ask: Asking, withdrawal_id: UUID) -> Withdrawal:
    """One withdrawal, whatever its state."""
    return await ask.get("enrolment", f"/v1/withdrawals/{withdrawal_id}", Withdrawal)


async def review_withdrawal(
    ask: Asking, withdrawal_id: UUID, review: Review, *, key: str
) -> Reviewed:
    """Decide what a learner gets back; refund and mail follow by themselves."""
    path = f"/v1/withdrawals/{withdrawal_id}/review"
    return await ask.post("enrolment", path, review, Reviewed, key=key)


async def get_head_count(ask: Asking, offering_id: UUID) -> HeadCount:
    """How many people to expect."""
    return await ask.get("enrolment", f"/v1/offerings/{offering_id}/head-count", HeadCount)


async def list_enrolled(ask: Asking, offering_id: UUID) -> tuple[Enrolled, ...]:
    """Everybody on an offering, in order of arrival."""
    return await _all(ask, "enrolment", f"/v1/offerings/{offering_id}/enrolments", Enrolled)


async def list_dossiers(ask: Asking, offering_id: UUID) -> tuple[Dossier, ...]:
    """Everybody who takes part or has left, with results and documents, in order of arrival."""
    return await _all(ask, "records", f"/v1/offerings/{offering_id}/dossiers", Dossier)


async def get_result(ask: Asking, enrolment_id: UUID) -> tuple[History, str]:
    """A participant's result with everything that was corrected, and the ETag to correct it with."""
    return await ask.get_with_tag("records", f"/v1/enrolments/{enrolment_id}/result", History)


async def record_results(
    ask: Asking, offering_id: UUID, results: tuple[ResultLine, ...]
) -> Recorded:
    """Record a list: all of it, or nothing."""
    path = f"/v1/offerings/{offering_id}/results"
    return await ask.put("records", path, ResultList(results), Recorded)


async def correct_result(
    ask: Asking, enrolment_id: UUID, correction: ResultCorrection, *, tag: str
) -> Result:
    """Correct a result; the one before it is kept."""
    path = f"/v1/enrolments/{enrolment_id}/result"
    return await ask.put("records", path, correction, Result, tag=tag)


async def list_people(ask: Asking, ids: Iterable[UUID]) -> dict[UUID, Somebody]:
    """Who some people are; whoever is not known any more is left out."""
    wanted = list(dict.fromkeys(str(each) for each in ids))
    known: dict[UUID, Somebody] = {}
    for start in range(0, len(wanted), _MOST):
        part = wanted[start : start + _MOST]
        page = await ask.get("identity", "/v1/people", Page[Somebody], ids=part, limit=_MOST)
        known |= {each.account_id: each for each in page.items}
    return known


async def _all(ask: Asking, part: Part, path: str, kind: type[T]) -> tuple[T, ...]:
    """A whole list, part by part."""
    items: list[T] = []
    cursor: str | None = None
    while True:
        page = await ask.get(part, path, Page[kind], cursor=cursor, limit=_MOST)  # type: ignore[valid-type] # Decided by the caller.
        items += page.items
        cursor = page.cursor
        if cursor is None:
            return tuple(items)
