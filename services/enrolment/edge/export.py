"""Everything that enrolment knows of somebody."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from chassis.http.access import SIGNED_IN, Caller
from chassis.http.export import PAGE, export, pages_of
from contracts.fact import Language
from services.enrolment import store
from services.enrolment.edge.enrolments import EnrolmentView, show_enrolment
from services.enrolment.parts import Parts


class WithdrawalExported(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal with your own words and the office's."""

    withdrawal_id: UUID
    enrolment_id: UUID
    reason: str
    note: str | None
    submitted_at: datetime
    fee_minor: int
    kept_minor: int
    currency: str
    state: str
    reviewed_at: datetime | None
    ground: str | None
    refund_minor: int | None
    explanation: str | None


class EnrolmentExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that enrolment knows of me."""

    service: str
    exported_at: datetime
    enrolments: tuple[EnrolmentView, ...]
    """The latest first."""
    withdrawals: tuple[WithdrawalExported, ...]


@get("/v1/me/export", access=SIGNED_IN, answers=EnrolmentExport)
async def export_mine(
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Stream:
    """Everything that enrolment knows of me, as one file (GDPR, articles 15 and 20)."""

    async def enrolments(before: int | None) -> list[store.Listed]:
        async with parts.db.reading() as connection:
            return await store.list_of_learner(
                connection, caller.account_id, before=before, limit=PAGE
            )

    async def withdrawals(after: UUID | None) -> list[store.WithdrawalListed]:
        async with parts.db.reading() as connection:
            return await store.list_withdrawals_of(
                connection, caller.account_id, after=after, limit=PAGE
            )

    async def shown_enrolments() -> AsyncIterator[list[EnrolmentView]]:
        async for page in pages_of(enrolments, lambda each: each.arrival):
            yield [show_enrolment(each, language) for each in page]

    async def shown_withdrawals() -> AsyncIterator[list[WithdrawalExported]]:
        async for page in pages_of(withdrawals, lambda each: each.withdrawal_id):
            yield [msgspec.convert(each, WithdrawalExported, from_attributes=True) for each in page]

    return export(
        "enrolment",
        {"enrolments": shown_enrolments(), "withdrawals": shown_withdrawals()},
        now=parts.clock.now(),
    )


ROUTES = [export_mine]
