"""Attempts to pay: what the provider says, and when it is asked again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.payment.domain import payments
from services.payment.domain.orders import Order
from services.payment.domain.payments import AtProvider, Payment

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
EXPIRES_AT = NOW + timedelta(minutes=15)
STATUSES = st.sampled_from(
    ["open", "pending", "authorized", "paid", "failed", "canceled", "expired"]
)


def an_order(**changes: Any) -> Order:
    standard = Order(
        order_id=UUID(int=1),
        enrolment_id=UUID(int=2),
        enrolment_version=1,
        learner_id=UUID(int=3),
        offering_id=UUID(int=4),
        payer="self",
        fee_minor=19500,
        currency="EUR",
        state="open",
        opened_at=NOW,
        held_until=NOW + timedelta(minutes=30),
        starts_at=NOW + timedelta(days=30),
    )
    return replace(standard, **changes)


def intended(**changes: Any) -> Payment:
    payment = payments.intend_payment(
        an_order(),
        payment_id=UUID(int=5),
        method="ideal",
        redirect_url="https://portal.test/",
        description="Course",
        language="en",
        now=NOW,
    )
    return replace(payment, **changes)


def found(status: Any, **changes: Any) -> AtProvider:
    standard = AtProvider(
        provider_id="tr_1",
        status=status,
        created_at=NOW,
        checkout_url="https://provider.test/1",
        expires_at=EXPIRES_AT,
        paid_at=NOW if status == "paid" else None,
    )
    return replace(standard, **changes)


@given(st.lists(STATUSES, max_size=8))
def test_paid_is_final_and_nothing_else_keeps_money_from_counting(statuses: list[str]) -> None:
    payment = intended()
    for status in statuses:
        payment = payments.learn(payment, found(status), now=NOW)

    assert (payment.state == "paid") == ("paid" in statuses)
    assert (payment.paid_at is not None) == ("paid" in statuses)
    assert (payment.state in {"intended", "open"}) == (payment.due_at is not None)


def test_an_attempt_that_was_given_up_can_still_turn_out_to_be_paid() -> None:
    given_up = payments.end_payment(intended(), "failed", now=NOW)

    assert given_up.state == "failed"
    assert payments.learn(given_up, found("paid"), now=NOW).state == "paid"


@given(
    st.integers(0, 200),
    st.one_of(st.none(), st.integers(-3600, 3600)),
)
def test_the_provider_is_asked_at_least_every_five_minutes_and_right_after_the_expiry(
    looks: int, expires_in_s: int | None
) -> None:
    expires_at = None if expires_in_s is None else NOW + timedelta(seconds=expires_in_s)

    due = payments.when_to_look(looks, expires_at=expires_at, now=NOW)

    assert NOW < due <= NOW + timedelta(minutes=4)
    if expires_at is not None and expires_at > NOW:
        assert due <= expires_at + timedelta(seconds=2)


def test_looks_become_rarer() -> None:
    pauses = [
        (payments.when_to_look(looks, expires_at=None, now=NOW) - NOW).total_seconds()
        for looks in range(7)
    ]

    assert pauses == [10, 20, 40, 80, 160, 240, 240]


@pytest.mark.parametrize(
    ("order", "payment", "after", "may_be"),
    [
        (an_order(), intended(), timedelta(minutes=29), True),
        (an_order(), intended(), timedelta(minutes=30), False),
        (an_order(held_until=NOW + timedelta(days=9)), intended(), timedelta(minutes=54), True),
        (an_order(held_until=NOW + timedelta(days=9)), intended(), timedelta(minutes=55), False),
        (an_order(), intended(state="open"), timedelta(), False),
        (an_order(state="closed"), intended(), timedelta(), False),
    ],
)
def test_an_intent_is_created_again_while_its_key_lives_and_somebody_can_pay(
    order: Order, payment: Payment, after: timedelta, *, may_be: bool
) -> None:
    assert payments.may_be_created(order, payment, now=NOW + after) is may_be


def test_an_order_is_paid_by_one_payment() -> None:
    first = payments.learn(intended(), found("paid"), now=NOW)
    second = replace(first, payment_id=UUID(int=6))

    paid = payments.pay_order(an_order(), first, vat_rate="21")

    assert paid is not None
    order, fact = paid
    assert (order.state, order.paid_by, order.vat_rate) == ("paid", UUID(int=5), "21")
    assert (fact.amount_minor, fact.paid_at) == (19500, NOW)
    assert payments.pay_order(order, second, vat_rate="21") is None


def test_the_vat_of_an_invoice_stays_the_vat_of_its_payment() -> None:
    payment = payments.learn(intended(), found("paid"), now=NOW)

    paid = payments.pay_order(an_order(vat_rate="9"), payment, vat_rate="21")

    assert paid is not None
    assert paid[0].vat_rate == "9"


@pytest.mark.parametrize("status", ["failed", "canceled", "expired"])
def test_what_came_to_nothing_is_told_with_its_reason(status: str) -> None:
    payment = payments.learn(intended(), found(status), now=NOW)

    fact = payments.tell_failure(an_order(), payment)

    assert fact is not None
    assert fact.why == status
    assert payments.tell_failure(an_order(), intended()) is None
