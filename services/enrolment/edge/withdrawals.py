"""The office's review of those who left."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import Caller, only
from chassis.http.conditional import conditional
from chassis.http.idempotency import answer_once
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.enrolment import RefundGround, WithdrawalReason
from contracts.fact import Language, MinorUnits
from services.enrolment import commands, store
from services.enrolment.domain.review import Decision
from services.enrolment.parts import Parts


class WithdrawalToReview(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal as the office sees it."""

    withdrawal_id: UUID
    enrolment_id: UUID
    offering_id: UUID
    title: str
    learner_id: UUID
    reason: WithdrawalReason
    note: str | None
    submitted_at: datetime
    state: Literal["to_review", "reviewed", "nothing_to_review"]
    policy_version: int
    accepted_at: datetime
    fee_minor: int
    kept_minor: int
    refund_by_policy_minor: int
    currency: str
    reviewed_at: datetime | None
    ground: RefundGround | None
    refund_minor: int | None
    explanation: str | None


class ReviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Decide. Without an amount, what follows from the ground; any amount but the policy's needs an explanation."""

    ground: RefundGround
    refund_minor: MinorUnits | None = None
    explanation: Annotated[str, Meta(max_length=1000)] | None = None


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided."""

    withdrawal_id: UUID
    ground: RefundGround
    refund_minor: int
    explanation: str | None
    reviewed_at: datetime


@get("/v1/withdrawals", access=only("office"))
async def list_withdrawals(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    in_state: Annotated[
        Literal["to_review", "reviewed", "nothing_to_review"], QueryParameter(name="state")
    ] = "to_review",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[WithdrawalToReview]]:
    """The office's queue, the longest waiting first."""
    async with parts.db.reading() as connection:
        found = await store.list_withdrawals(
            connection,
            state=in_state,
            after=decode_cursor(cursor, tuple[datetime, UUID]),
            limit=limit + 1,
        )
    items = [_to_review(each, language) for each in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    page = Page(
        items,
        next_page(request, encode_cursor((last.submitted_at, last.withdrawal_id)))
        if last
        else None,
    )
    return Response(page, headers=link_header(page))


@get("/v1/withdrawals/{withdrawal_id:uuid}", access=only("office"))
async def get_withdrawal_to_review(
    request: AnyRequest,
    withdrawal_id: FromPath[UUID],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[WithdrawalToReview]:
    """One withdrawal, whatever its state."""
    async with parts.db.reading() as connection:
        found = await store.get_withdrawal(connection, withdrawal_id)
    if found is None:
        raise NOT_FOUND()
    return conditional(request, _to_review(found, language))


@post("/v1/withdrawals/{withdrawal_id:uuid}/review", access=only("office"))
async def review_withdrawal(
    request: AnyRequest,
    withdrawal_id: FromPath[UUID],
    data: JSONBody[ReviewRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[ReviewView] | Response[bytes]:
    """Decide what a learner gets back; refund and mail follow by themselves."""

    async def act(tx: Connection) -> Response[ReviewView]:
        reviewed = await commands.review_withdrawal(
            tx,
            withdrawal_id,
            Decision(
                ground=data.ground, refund_minor=data.refund_minor, explanation=data.explanation
            ),
            by=caller.account_id,
            zone=parts.settings.institution_zone,
            now=parts.clock.now(),
        )
        view = ReviewView(
            withdrawal_id=withdrawal_id,
            ground=reviewed.ground,
            refund_minor=reviewed.refund_minor,
            explanation=reviewed.explanation,
            reviewed_at=reviewed.reviewed_at,
        )
        return Response(view, status_code=201)

    return await answer_once(parts.db, request, caller, act)


def _to_review(found: store.WithdrawalListed, language: Language) -> WithdrawalToReview:
    names = [
        name for name in WithdrawalToReview.__struct_fields__ if name != "refund_by_policy_minor"
    ]
    fields = {name: getattr(found, name) for name in names}
    return WithdrawalToReview(
        **fields | {"title": found.title.in_language(language)},
        refund_by_policy_minor=found.fee_minor - found.kept_minor,
    )


ROUTES = [list_withdrawals, get_withdrawal_to_review, review_withdrawal]
