"""Withdrawals, and what was decided."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from contracts.fact import Translated
from services.enrolment.domain.places import Withdrawal
from services.enrolment.domain.review import Reviewed


async def insert_withdrawal(tx: Connection, withdrawal: Withdrawal) -> None:
    """Record that somebody left."""
    await tx.execute(
        """
        INSERT INTO withdrawal (
            withdrawal_id, enrolment_id, reason, note, submitted_at, fee_minor, kept_minor, currency, state
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        withdrawal.withdrawal_id,
        withdrawal.enrolment_id,
        withdrawal.reason,
        withdrawal.note,
        withdrawal.submitted_at,
        withdrawal.fee_minor,
        withdrawal.kept_minor,
        withdrawal.currency,
        withdrawal.state,
    )


class WithdrawalListed(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal as the office's queue shows it."""

    withdrawal_id: UUID
    enrolment_id: UUID
    offering_id: UUID
    title: Translated
    learner_id: UUID
    reason: str
    note: str | None
    submitted_at: datetime
    fee_minor: int
    kept_minor: int
    currency: str
    state: str
    policy_version: int
    accepted_at: datetime
    reviewed_at: datetime | None
    ground: str | None
    refund_minor: int | None
    explanation: str | None


async def get_withdrawal(connection: Connection, withdrawal_id: UUID) -> WithdrawalListed | None:
    """One withdrawal."""
    record = await connection.fetchrow(
        """
        SELECT w.withdrawal_id, w.enrolment_id, e.offering_id, o.title, e.learner_id, w.reason, w.note,
               w.submitted_at, w.fee_minor, w.kept_minor, w.currency, w.state, e.policy_version,
               e.accepted_at, w.reviewed_at, w.ground, w.refund_minor, w.explanation
        FROM withdrawal AS w JOIN enrolment AS e USING (enrolment_id) JOIN offering AS o USING (offering_id)
        WHERE w.withdrawal_id = $1
        """,
        withdrawal_id,
    )
    return maybe_struct(WithdrawalListed, record)


async def get_withdrawal_of(connection: Connection, enrolment_id: UUID) -> WithdrawalListed | None:
    """The withdrawal from an enrolment."""
    withdrawal_id = await connection.fetchval(
        "SELECT withdrawal_id FROM withdrawal WHERE enrolment_id = $1", enrolment_id
    )
    return None if withdrawal_id is None else await get_withdrawal(connection, withdrawal_id)


async def list_withdrawals(
    connection: Connection, *, state: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[WithdrawalListed]:
    """Withdrawals in a state, the longest waiting first."""
    submitted_at, withdrawal_id = after or (None, None)
    records = await connection.fetch(
        """
        SELECT w.withdrawal_id, w.enrolment_id, e.offering_id, o.title, e.learner_id, w.reason, w.note,
               w.submitted_at, w.fee_minor, w.kept_minor, w.currency, w.state, e.policy_version,
               e.accepted_at, w.reviewed_at, w.ground, w.refund_minor, w.explanation
        FROM withdrawal AS w JOIN enrolment AS e USING (enrolment_id) JOIN offering AS o USING (offering_id)
        WHERE w.state = $1
          AND ($2::timestamptz IS NULL OR (w.submitted_at, w.withdrawal_id) > ($2, $3))
        ORDER BY w.submitted_at, w.withdrawal_id LIMIT $4
        """,
        state,
        submitted_at,
        withdrawal_id,
        limit,
    )
    return [as_struct(WithdrawalListed, record) for record in records]


async def list_withdrawals_of(
    connection: Connection, learner_id: UUID, *, after: UUID | None, limit: int
) -> list[WithdrawalListed]:
    """Somebody's withdrawals, in the order in which they were submitted."""
    records = await connection.fetch(
        """
        SELECT w.withdrawal_id, w.enrolment_id, e.offering_id, o.title, e.learner_id, w.reason, w.note,
               w.submitted_at, w.fee_minor, w.kept_minor, w.currency, w.state, e.policy_version,
               e.accepted_at, w.reviewed_at, w.ground, w.refund_minor, w.explanation
        FROM withdrawal AS w JOIN enrolment AS e USING (enrolment_id) JOIN offering AS o USING (offering_id)
        WHERE e.learner_id = $1 AND ($2::uuid IS NULL OR w.withdrawal_id > $2)
        ORDER BY w.withdrawal_id LIMIT $3
        """,
        learner_id,
        after,
        limit,
    )
    return [as_struct(WithdrawalListed, record) for record in records]


async def lock_withdrawal(
    tx: Connection, withdrawal_id: UUID
) -> tuple[Withdrawal, datetime | None] | None:
    """Read a withdrawal and lock its row; with the time of its review if there was one."""
    record = await tx.fetchrow(
        """
        SELECT withdrawal_id, enrolment_id, reason, note, submitted_at, fee_minor, kept_minor, currency,
               state, reviewed_at
        FROM withdrawal WHERE withdrawal_id = $1
        FOR UPDATE
        """,
        withdrawal_id,
    )
    if record is None:
        return None
    return as_struct(Withdrawal, record), record["reviewed_at"]


async def save_review(tx: Connection, reviewed: Reviewed) -> None:
    """Record what the office decided."""
    await tx.execute(
        """
        UPDATE withdrawal
        SET state = 'reviewed', reviewed_at = $2, reviewed_by = $3, ground = $4, refund_minor = $5,
            explanation = $6
        WHERE withdrawal_id = $1
        """,
        reviewed.withdrawal_id,
        reviewed.reviewed_at,
        reviewed.reviewed_by,
        reviewed.ground,
        reviewed.refund_minor,
        reviewed.explanation,
    )
