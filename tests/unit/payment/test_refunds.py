"""Refunds: never more than was captured, once each, and never lost."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chassis.refusals import Refusal
from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentFact,
    EnrolmentLapsed,
    PlaceDenied,
    RefundGranted,
    WithdrawalReviewed,
)
from services.payment.domain import refunds
from services.payment.domain.payments import Payment
from services.payment.domain.refunds import AtProvider, Claim, Refund

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
ABOUT: dict[str, Any] = {
    "enrolment_id": UUID(int=1),
    "version": 4,
    "learner_id": UUID(int=2),
    "offering_id": UUID(int=3),
}
EUR: dict[str, Any] = {"currency": "EUR"}
REVIEW = WithdrawalReviewed(
    **ABOUT,
    **EUR,
    withdrawal_id=UUID(int=5),
    ground="policy",
    refund_minor=16575,
    kept_minor=2925,
    explanation=None,
    reviewed_at=NOW,
)


def captured(**changes: Any) -> Payment:
    standard = Payment(
        payment_id=UUID(int=7),
        order_id=UUID(int=8),
        method="ideal",
        amount_minor=19500,
        currency="EUR",
        state="paid",
        description="Course",
        language="en",
        intended_at=NOW,
        paid_at=NOW,
    )
    return replace(standard, **changes)


def requested(amount_minor: int | None = None, **changes: Any) -> Refund:
    made = refunds.request_refund(
        captured(**changes), "withdrawal", amount_minor, refund_id=UUID(int=9), now=NOW
    )
    assert made is not None
    return made[1]


def found(status: Any) -> AtProvider:
    return AtProvider(provider_id="re_1", status=status, key=None)


@pytest.mark.parametrize(
    ("fact", "why", "amount"),
    [
        (REVIEW, "withdrawal", 16575),
        (
            PlaceDenied(**ABOUT, order_id=UUID(int=8), why="full"),
            "late_payment",
            None,
        ),
        (
            EnrolmentCancelled(**ABOUT, **EUR, was_confirmed=True, refund_minor=19500),
            "cancelled",
            19500,
        ),
        (
            RefundGranted(**ABOUT, **EUR, refund_minor=6500, dropped_sessions=1),
            "dropped_session",
            6500,
        ),
    ],
)
def test_a_fact_that_gives_money_back_claims_it_once(
    fact: EnrolmentFact, why: Any, amount: int | None
) -> None:
    assert refunds.claim_of(fact) == Claim(
        enrolment_id=UUID(int=1), why=why, version=4, amount_minor=amount
    )


@pytest.mark.parametrize(
    "fact",
    [
        replace(REVIEW, refund_minor=0),
        EnrolmentCancelled(**ABOUT, **EUR, was_confirmed=False, refund_minor=0),
        EnrolmentLapsed(**ABOUT, why="not_paid", lapsed_at=NOW),
    ],
)
def test_other_facts_claim_nothing(fact: EnrolmentFact) -> None:
    assert refunds.claim_of(fact) is None


@given(
    st.integers(1, 500_000),
    st.lists(st.one_of(st.none(), st.integers(1, 600_000)), max_size=10),
)
def test_never_more_goes_back_than_was_captured(amount_minor: int, asked: list[int | None]) -> None:
    payment = captured(amount_minor=amount_minor)
    back: list[Refund] = []
    for each in asked:
        made = refunds.request_refund(payment, "withdrawal", each, refund_id=uuid4(), now=NOW)
        if made is not None:
            payment, refund = made
            back.append(refund)

    total = sum(each.amount_minor for each in back)
    wanted = sum(amount_minor if each is None else each for each in asked)
    assert total == payment.refunded_minor == min(amount_minor, wanted)
    assert [each.sequence for each in back] == list(range(1, len(back) + 1))


@pytest.mark.parametrize("state", ["intended", "open", "failed", "expired"])
def test_what_was_not_captured_does_not_go_back(state: Any) -> None:
    payment = captured(state=state)

    assert (
        refunds.request_refund(payment, "withdrawal", None, refund_id=UUID(int=9), now=NOW) is None
    )


def test_what_came_by_transfer_goes_back_by_transfer() -> None:
    refund = requested(method="banktransfer")

    assert (refund.state, refund.due_at) == ("to_transfer", None)


@pytest.mark.parametrize("status", ["queued", "pending", "processing", "refunded"])
def test_a_refund_is_issued_when_the_provider_takes_it_over(status: str) -> None:
    before = requested()

    after = refunds.learn_refund(before, found(status), now=NOW)

    assert after.issued_at == NOW
    assert refunds.booked_as(before, after) == "refund_issued"
    assert (after.due_at is None) == (status == "refunded")


def test_a_refund_that_is_refused_at_once_was_never_issued() -> None:
    before = requested()

    after = refunds.learn_refund(before, found("failed"), now=NOW)

    assert (after.state, after.issued_at) == ("refused", None)
    assert refunds.booked_as(before, after) is None


def test_a_refund_that_bounces_is_refused_and_keeps_the_time_that_it_was_told() -> None:
    sent = refunds.learn_refund(requested(), found("queued"), now=NOW)

    bounced = refunds.learn_refund(sent, found("failed"), now=NOW.replace(day=12))

    assert (bounced.state, bounced.issued_at) == ("refused", NOW)
    assert refunds.booked_as(sent, bounced) == "refund_bounced"


def test_only_a_refused_refund_is_tried_again_and_with_a_new_key() -> None:
    refund = requested()
    with pytest.raises(Refusal, match="refund-not-refused"):
        refunds.retry_refund(refund, now=NOW)

    again = refunds.retry_refund(refunds.refuse_refund(refund, "no"), now=NOW)

    assert (refund.key, again.key) == (str(UUID(int=9)), f"{UUID(int=9)}-2")
    assert (again.state, again.due_at, again.provider_id) == ("requested", NOW, None)


def test_a_refund_that_is_on_its_way_is_not_transferred_as_well() -> None:
    with pytest.raises(Refusal, match="nothing-to-transfer"):
        refunds.transfer_refund(requested(), now=NOW)


def test_what_has_arrived_does_not_change_any_more() -> None:
    arrived = refunds.learn_refund(requested(), found("refunded"), now=NOW)

    assert refunds.learn_refund(arrived, found("failed"), now=NOW) == arrived
