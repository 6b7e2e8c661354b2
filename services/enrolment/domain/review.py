"""What the office gives back to somebody who left (A26, A27)."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from chassis.language import Money
from contracts.enrolment import RefundGround, WithdrawalReviewed
from services.enrolment import refusals
from services.enrolment.domain.places import Enrolment, Withdrawal
from services.enrolment.domain.policy import Case, kept_minor


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the office decides: by the policy, or otherwise with an explanation."""

    ground: RefundGround
    refund_minor: int | None = None
    """None: what follows from the ground."""
    explanation: str | None = None


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that was made."""

    withdrawal_id: UUID
    reviewed_at: datetime
    reviewed_by: UUID
    ground: RefundGround
    refund_minor: int
    explanation: str | None


def review_withdrawal(
    withdrawal: Withdrawal,
    enrolment: Enrolment,
    case: Case,
    decision: Decision,
    *,
    by: UUID,
    reviewed_at: datetime | None,
    now: datetime,
) -> tuple[Reviewed, Enrolment, WithdrawalReviewed]:
    """Decide what goes back. The policy's amount needs no explanation, any other one does.

    Raises:
        Refusal: decided already, more than was paid, or unexplained.
    """
    if withdrawal.state != "to_review":
        raise refusals.ALREADY_REVIEWED(reviewed_at=reviewed_at or withdrawal.submitted_at)
    refund = decision.refund_minor
    if refund is None:
        refund = refund_minor(withdrawal, case, decision.ground)
    if refund > withdrawal.fee_minor:
        raise refusals.REFUND_TOO_HIGH(fee=Money(withdrawal.fee_minor, withdrawal.currency))
    by_policy = refund_minor(withdrawal, case, "policy")
    if refund != by_policy and not (decision.explanation or "").strip():
        raise refusals.EXPLANATION_MISSING(refund=Money(by_policy, withdrawal.currency))
    reviewed = Reviewed(
        withdrawal_id=withdrawal.withdrawal_id,
        reviewed_at=now,
        reviewed_by=by,
        ground=decision.ground,
        refund_minor=refund,
        explanation=decision.explanation,
    )
    counted = replace(enrolment, version=enrolment.version + 1)
    return (
        reviewed,
        counted,
        WithdrawalReviewed(
            enrolment_id=enrolment.enrolment_id,
            version=counted.version,
            learner_id=enrolment.learner_id,
            offering_id=enrolment.offering_id,
            withdrawal_id=withdrawal.withdrawal_id,
            ground=decision.ground,
            refund_minor=refund,
            kept_minor=withdrawal.fee_minor - refund,
            currency=withdrawal.currency,
            explanation=decision.explanation,
            reviewed_at=now,
        ),
    )


def refund_minor(withdrawal: Withdrawal, case: Case, ground: RefundGround) -> int:
    """What goes back on this ground, by the policy that was accepted, for the moment of leaving."""
    if ground == "goodwill":
        return withdrawal.fee_minor
    if ground == "policy":
        return withdrawal.fee_minor - withdrawal.kept_minor
    return withdrawal.fee_minor - kept_minor(case, withdrawal.submitted_at, ground)
