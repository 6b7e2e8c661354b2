"""Money that goes back, through the doors: once, never more than came, and never forgotten."""

from typing import Any
from uuid import uuid4

from contracts.catalogue import Vat
from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentRequested,
    PlaceDenied,
    RefundGranted,
    WithdrawalReviewed,
)
from contracts.payment import PaymentReceived, RefundIssued
from tests.support.examples import both
from tests.support.paying import Paying, about
from tests.support.running import eventually


def reviewed(
    told: EnrolmentRequested, refund_minor: int, *, version: int = 4
) -> WithdrawalReviewed:
    return WithdrawalReviewed(
        **about(told, version),
        withdrawal_id=uuid4(),
        ground="policy",
        refund_minor=refund_minor,
        kept_minor=19500 - refund_minor,
        currency="EUR",
        explanation=None,
        reviewed_at=told.held_until,
    )


async def enrol_and_pay(payment: Paying, **changes: Any) -> EnrolmentRequested:
    told = await payment.enrol(**changes)
    await payment.pay(told)
    await payment.order_is(told, "paid")
    return told


async def refund_is(payment: Paying, told: EnrolmentRequested, state: str) -> dict[str, Any]:
    """Wait until the order's first refund is in a state."""

    async def look() -> dict[str, Any] | None:
        refunds = (await payment.order(told))["refunds"]
        return refunds[0] if refunds else None

    found = await eventually(look, lambda refund: refund is not None and refund["state"] == state)
    assert found is not None
    return found


async def test_a_payer_without_a_place_gets_everything_back(payment: Paying) -> None:
    told = await enrol_and_pay(payment)
    order = await payment.order(told)

    await payment.service.deliver(
        PlaceDenied(**about(told, 2), order_id=order["order_id"], why="full")
    )

    fact = await payment.service.told.wait_for(RefundIssued)
    assert (fact.why, fact.amount_minor, fact.enrolment_id) == (
        "late_payment",
        19500,
        told.enrolment_id,
    )
    assert (await payment.order(told))["state"] == "refunded"
    assert await payment.balances(told) == {}


async def test_a_reviewed_withdrawal_gives_back_once_though_told_twice(payment: Paying) -> None:
    told = await enrol_and_pay(payment)
    review = reviewed(told, 16575)

    await payment.service.deliver(review)
    await payment.service.deliver(review)  # Another event id: not a redelivery to the inbox.
    await payment.service.handled("payment.follow_enrolments", 3)

    fact = await payment.service.told.wait_for(RefundIssued)
    assert (fact.why, fact.amount_minor, fact.sequence) == ("withdrawal", 16575, 1)
    order = await payment.order(told)
    assert (order["state"], order["refunded_minor"]) == ("partly_refunded", 16575)
    assert len(order["refunds"]) == 1
    [made] = payment.provider.books.refunds.values()
    assert made.amount.value == "165.75"
    assert await payment.balances(told) == {"provider": 2925, "fees": -2925}


async def test_a_review_that_gives_nothing_back_refunds_nothing(payment: Paying) -> None:
    told = await enrol_and_pay(payment)

    await payment.service.deliver(reviewed(told, 0))
    await payment.service.handled("payment.follow_enrolments", 2)

    assert (await payment.order(told))["refunds"] == []


async def test_a_refund_arrives_at_the_provider_and_then_at_the_bank(payment: Paying) -> None:
    told = await enrol_and_pay(payment)
    await payment.service.deliver(reviewed(told, 10000))
    assert (await refund_is(payment, told, "sent"))["issued_at"] == "2027-03-10T13:00:00Z"

    payment.service.clock.move(seconds=4)

    await refund_is(payment, told, "refunded")
    await payment.told_once(RefundIssued)


async def test_a_cancelled_course_gives_everything_back(payment: Paying) -> None:
    told = await enrol_and_pay(payment)

    await payment.service.deliver(
        EnrolmentCancelled(**about(told, 3), was_confirmed=True, refund_minor=19500, currency="EUR")
    )

    assert (await payment.service.told.wait_for(RefundIssued)).why == "cancelled"
    assert (await payment.order(told))["state"] == "refunded"


async def test_never_more_goes_back_than_came(payment: Paying) -> None:
    told = await enrol_and_pay(payment)
    await payment.service.deliver(
        RefundGranted(**about(told, 3), refund_minor=6500, currency="EUR", dropped_sessions=1),
        reviewed(told, 19500, version=5),
        EnrolmentCancelled(
            **about(told, 6), was_confirmed=True, refund_minor=19500, currency="EUR"
        ),
    )

    await payment.service.told.wait_for(RefundIssued, 2)
    await payment.service.handled("payment.follow_enrolments", 4)

    order = await payment.order(told)
    assert [(each["why"], each["amount_minor"]) for each in order["refunds"]] == [
        ("dropped_session", 6500),
        ("withdrawal", 13000),
    ]
    assert [each["sequence"] for each in order["refunds"]] == [1, 2]
    assert await payment.balances(told) == {}


async def test_what_is_asked_back_before_the_money_has_come_waits_for_it(payment: Paying) -> None:
    told = await payment.enrol()
    await payment.service.deliver(reviewed(told, 19500))
    await payment.service.handled("payment.follow_enrolments", 2)
    [waiting] = (await payment.finance("/v1/exceptions"))["items"]
    assert waiting["kind"] == "nothing_to_refund"
    assert not payment.service.told.of(RefundIssued)

    await payment.pay(told)

    assert (await payment.service.told.wait_for(RefundIssued)).amount_minor == 19500
    assert (await payment.finance("/v1/exceptions"))["items"] == []
    settled = await payment.finance("/v1/exceptions", params={"settled": True})
    assert [each["kind"] for each in settled["items"]] == ["nothing_to_refund"]


async def test_a_refund_whose_answer_was_lost_is_found_and_not_made_twice(
    payment: Paying,
) -> None:
    told = await enrol_and_pay(payment)
    with payment.misbehaving(forget_answers=True):
        await payment.service.deliver(reviewed(told, 10000))
        now = payment.service.clock.now()
        put_off = "SELECT attempts = 1 AND due_at = $1::timestamptz + interval '10 s' FROM refund"
        await eventually(lambda: payment.service.fetchval(put_off, now))
    payment.provider.books.answers.clear()  # More than an hour passes.

    payment.service.clock.move(seconds=11)

    await payment.service.told.wait_for(RefundIssued)
    assert len(payment.provider.books.refunds) == 1


async def test_a_refund_that_the_provider_refuses_waits_for_finance_and_is_tried_again(
    payment: Paying,
) -> None:
    told = await enrol_and_pay(payment)
    with payment.misbehaving(refuse_refunds=True):
        await payment.service.deliver(reviewed(told, 10000))
        refund = await refund_is(payment, told, "refused")
    [shown] = (await payment.finance("/v1/exceptions"))["items"]
    assert (shown["kind"], shown["refund"]["refund"]["refund_id"]) == (
        "refund_refused",
        refund["refund_id"],
    )
    assert "balance is too low" in shown["refund"]["refused_why"]
    assert await payment.balances(told) == {"provider": 19500, "fees": -9500, "refunds_due": -10000}

    again = await payment.act(f"/v1/refunds/{refund['refund_id']}/retry")

    assert again.json()["refund"]["state"] == "requested"
    await payment.service.told.wait_for(RefundIssued)
    assert (await payment.finance("/v1/exceptions"))["items"] == []
    assert await payment.balances(told) == {"provider": 9500, "fees": -9500}
    once_more = await payment.act(f"/v1/refunds/{refund['refund_id']}/retry")
    assert once_more.status_code == 409


async def test_a_refund_that_bounces_is_owed_again_and_told_once(payment: Paying) -> None:
    told = await enrol_and_pay(payment)
    with payment.misbehaving(fail_refunds=True):
        await payment.service.deliver(reviewed(told, 10000))
        await payment.service.told.wait_for(RefundIssued)
        payment.service.clock.move(seconds=4)
        refund = await refund_is(payment, told, "refused")
    assert await payment.balances(told) == {"provider": 19500, "fees": -9500, "refunds_due": -10000}

    await payment.act(f"/v1/refunds/{refund['refund_id']}/transfer")

    assert (await refund_is(payment, told, "transferred"))["refund_id"] == refund["refund_id"]
    await payment.told_once(RefundIssued)
    assert await payment.balances(told) == {"provider": 19500, "bank": -10000, "fees": -9500}


async def test_a_bounced_refund_can_bounce_again(payment: Paying) -> None:
    told = await enrol_and_pay(payment)
    with payment.misbehaving(fail_refunds=True):
        await payment.service.deliver(reviewed(told, 10000))
        for _ in range(2):
            await refund_is(payment, told, "sent")
            payment.service.clock.move(seconds=4)
            refund = await refund_is(payment, told, "refused")
            await payment.act(f"/v1/refunds/{refund['refund_id']}/retry")
        await refund_is(payment, told, "sent")

    assert len(payment.provider.books.refunds) == 3
    await payment.told_once(RefundIssued)
    assert await payment.balances(told) == {"provider": 9500, "fees": -9500}


async def test_the_vat_of_all_parts_is_the_vat_of_the_whole(payment: Paying) -> None:
    told = await payment.enrol(published=False)
    await payment.publish(told.offering_id, vat=Vat(rate="21", reason=both("Commercial course")))
    await payment.pay(told)
    await payment.order_is(told, "paid")
    assert await payment.balances(told) == {"provider": 19500, "fees": -16116, "vat": -3384}

    await payment.service.deliver(
        *(
            RefundGranted(
                **about(told, version), refund_minor=6500, currency="EUR", dropped_sessions=1
            )
            for version in (3, 4, 5)
        )
    )
    await payment.service.told.wait_for(RefundIssued, 3)

    assert await payment.balances(told) == {}


async def test_vat_that_was_not_known_when_the_money_came_is_taken_out_later(
    payment: Paying,
) -> None:
    told = await payment.enrol(published=False)
    await payment.pay(told)
    await payment.service.told.wait_for(PaymentReceived)
    assert await payment.balances(told) == {"provider": 19500, "fees": -19500}

    await payment.publish(told.offering_id, vat=Vat(rate="21", reason=both("Commercial course")))

    assert await payment.balances(told) == {"provider": 19500, "fees": -16116, "vat": -3384}


async def test_refunds_and_the_ledger_are_for_finance_alone(payment: Paying) -> None:
    told = await enrol_and_pay(payment)

    for path in ("/v1/refunds", "/v1/ledger", "/v1/exceptions"):
        assert (await payment.service.get(path, told.learner_id)).status_code == 403
        assert (await payment.service.get(path, uuid4(), "office")).status_code == 403
    for path in (f"/v1/refunds/{uuid4()}/retry", f"/v1/refunds/{uuid4()}/transfer"):
        assert (await payment.service.post(path, None, told.learner_id)).status_code == 403
        assert (await payment.act(path)).status_code == 404
