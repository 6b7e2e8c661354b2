"""Everything that enrolment knows of somebody."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from chassis.http.access import SIGNED_IN, Caller
from chassis.http.export import PAGE, export, pages_of, shown
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
    whose = caller.account_id
    enrolments = pages_of(
        parts.db,
        lambda reading, before: store.list_of_learner(reading, whose, before=before, limit=PAGE),
        lambda each: each.arrival,
    )
    withdrawals = pages_of(
        parts.db,
        lambda reading, after: store.list_withdrawals_of(reading, whose, after=after, limit=PAGE),
        lambda each: each.withdrawal_id,
    )
    sections = {
        "enrolments": shown(enrolments, lambda each: show_enrolment(each, language)),
        "withdrawals": shown(
            withdrawals,
            lambda each: msgspec.convert(each, WithdrawalExported, from_attributes=True),
        ),
    }
    return export("enrolment", sections, now=parts.clock.now())


ROUTES = [export_mine]
