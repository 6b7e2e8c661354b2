"""Orders: whatever order facts come in, they end in the same state."""

import itertools
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.refusals import Refusal
from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentFact,
    EnrolmentLapsed,
    EnrolmentRequested,
    WithdrawalSubmitted,
)
from services.payment.domain.orders import (
    Ending,
    Order,
    close_order,
    ending_of,
    open_order,
    owe_until,
    require_payable,
)

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
HELD_UNTIL = datetime(2027, 3, 10, 13, 30, tzinfo=UTC)
LATER = datetime(2027, 3, 11, 13, 0, tzinfo=UTC)
ABOUT: dict[str, Any] = {
    "enrolment_id": UUID(int=1),
    "learner_id": UUID(int=2),
    "offering_id": UUID(int=3),
}


def requested(version: int = 1, **changes: Any) -> EnrolmentRequested:
    standard: dict[str, Any] = {
        "payer": "self",
        "fee_minor": 19500,
        "currency": "EUR",
        "held_until": HELD_UNTIL,
        "starts_at": datetime(2027, 4, 13, 16, 30, tzinfo=UTC),
    }
    return EnrolmentRequested(**ABOUT, version=version, **standard | changes)


def lapsed(version: int = 2) -> EnrolmentLapsed:
    return EnrolmentLapsed(**ABOUT, version=version, why="not_paid", lapsed_at=NOW)


def withdrawn(version: int, *, was_confirmed: bool) -> WithdrawalSubmitted:
    return WithdrawalSubmitted(
        **ABOUT,
        version=version,
        withdrawal_id=UUID(int=9),
        reason="time",
        submitted_at=NOW,
        was_confirmed=was_confirmed,
        fee_minor=0,
        kept_minor=0,
        currency="EUR",
    )


def an_order(**changes: Any) -> Order:
    order = open_order(None, None, requested(**changes), order_id=UUID(int=4), now=NOW)
    assert order is not None
    return order


def follow(facts: tuple[EnrolmentFact, ...]) -> Order | None:
    """What the door does with facts, one after the other."""
    order: Order | None = None
    early: Ending | None = None
    for fact in facts:
        if isinstance(fact, EnrolmentRequested):
            order = open_order(order, early, fact, order_id=UUID(int=4), now=NOW) or order
        elif (ending := ending_of(fact)) is not None:
            if order is None:
                early = ending if early is None or early.version < ending.version else early
            else:
                order = close_order(order, ending, now=NOW) or order
    return order


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((requested(1), lapsed(2)), "closed"),
        ((requested(1), lapsed(2), requested(3, held_until=LATER)), "open"),
        (
            (requested(1), lapsed(2), requested(3), withdrawn(4, was_confirmed=False)),
            "closed",
        ),
        ((requested(1), withdrawn(3, was_confirmed=True)), "open"),
    ],
)
def test_facts_end_in_the_same_state_in_any_order_and_however_often(
    facts: tuple[EnrolmentFact, ...], state: str
) -> None:
    for order_of_arrival in itertools.permutations(facts):
        for repeated in (order_of_arrival, order_of_arrival * 2):
            order = follow(repeated)
            assert order is not None
            assert order.state == state, [type(each).__name__ for each in order_of_arrival]


def test_only_an_end_without_money_ends_an_order() -> None:
    cancelled = EnrolmentCancelled(
        **ABOUT, version=3, was_confirmed=True, refund_minor=19500, currency="EUR"
    )

    assert ending_of(cancelled) is None
    assert ending_of(withdrawn(3, was_confirmed=True)) is None
    assert ending_of(requested()) is None


def test_a_later_request_extends_the_time_to_pay() -> None:
    order = open_order(
        an_order(), None, requested(2, held_until=LATER), order_id=UUID(int=5), now=NOW
    )

    assert order is not None
    assert (order.order_id, order.held_until) == (UUID(int=4), LATER)


def test_a_hold_is_never_made_shorter() -> None:
    waiting = owe_until(an_order(held_until=LATER), HELD_UNTIL)

    assert waiting.held_until == LATER


def test_what_is_owed_is_owed_until_the_hold_ends() -> None:
    order = an_order()

    assert order.owed_minor(HELD_UNTIL.replace(minute=29)) == 19500
    assert order.owed_minor(HELD_UNTIL) == 0
    require_payable(order, now=NOW)
    with pytest.raises(Refusal, match="hold-ended"):
        require_payable(order, now=HELD_UNTIL)
