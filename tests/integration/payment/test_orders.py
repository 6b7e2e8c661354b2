"""Orders follow enrolments, in whatever order the facts come; people see their own."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from contracts.enrolment import EnrolmentCancelled, EnrolmentLapsed, WithdrawalSubmitted
from tests.support.paying import FINANCE, Paying, about, requested
from tests.support.running import eventually

LATER = datetime(2027, 3, 11, 13, 30, tzinfo=UTC)


async def test_an_order_says_what_is_owed_and_until_when(payment: Paying) -> None:
    told = await payment.enrol()

    order = await payment.order(told)

    assert (order["state"], order["owed_minor"], order["currency"]) == ("open", 19500, "EUR")
    assert order["pay_before"] == "2027-03-10T13:30:00Z"
    assert order["title"] == "Academic writing in English"
    path = f"/v1/orders/{order['order_id']}"
    assert (await payment.service.get(path, told.learner_id)).json() == order


async def test_a_reader_can_wait_for_an_order_that_is_on_its_way(payment: Paying) -> None:
    told = requested()

    async def read() -> tuple[int, str]:
        answer = await payment.service.get(
            "/v1/orders",
            told.learner_id,
            params={"enrolment_id": str(told.enrolment_id)},
            headers={"Prefer": "wait=10"},
        )
        return len(answer.json()["items"]), answer.headers["preference-applied"]

    async def somebody_waits() -> bool:
        return told.enrolment_id in payment.service.parts.opening_orders.awaited

    reading = asyncio.create_task(read())
    await eventually(somebody_waits)
    await payment.service.deliver(told)

    assert await reading == (1, "wait=10")


async def test_a_reader_that_waits_in_vain_gets_an_empty_list(payment: Paying) -> None:
    answer = await payment.service.get(
        "/v1/orders",
        uuid4(),
        params={"enrolment_id": str(uuid4())},
        headers={"Prefer": "respond-async, wait=1"},
    )

    assert answer.json() == {"items": [], "next": None}


async def test_my_orders_are_mine_alone_and_finance_sees_all(payment: Paying) -> None:
    mine, theirs = await payment.enrol(), await payment.enrol()
    path = f"/v1/orders/{(await payment.order(mine))['order_id']}"

    assert (await payment.service.get(path, theirs.learner_id)).status_code == 404
    assert (await payment.service.get(path, uuid4(), "office")).status_code == 404
    assert (await payment.service.get(path)).status_code == 401
    assert (await payment.service.get(path, FINANCE, "finance")).status_code == 200
    of_mine = {"enrolment_id": str(mine.enrolment_id)}
    peek = await payment.service.get("/v1/orders", theirs.learner_id, params=of_mine)
    assert peek.json()["items"] == []
    listed = (await payment.service.get("/v1/orders", mine.learner_id)).json()["items"]
    assert [each["enrolment_id"] for each in listed] == [str(mine.enrolment_id)]


async def test_long_lists_come_in_pages(payment: Paying) -> None:
    enrolled = [await payment.enrol(published=False) for _ in range(3)]

    first = await payment.service.get("/v1/orders", FINANCE, "finance", params={"limit": 2})
    rest = await payment.service.get(first.json()["next"], FINANCE, "finance")

    ids = [each["enrolment_id"] for each in (*first.json()["items"], *rest.json()["items"])]
    assert ids == [str(each.enrolment_id) for each in reversed(enrolled)]
    assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'


async def test_what_has_not_changed_is_not_sent_again(payment: Paying) -> None:
    told = await payment.enrol()
    path = f"/v1/orders/{(await payment.order(told))['order_id']}"
    tag = (await payment.service.get(path, told.learner_id)).headers["etag"]

    same = await payment.service.get(path, told.learner_id, headers={"If-None-Match": tag})
    await payment.start(told)
    other = await payment.service.get(path, told.learner_id, headers={"If-None-Match": tag})

    assert (same.status_code, other.status_code) == (304, 200)


async def test_a_request_that_is_told_twice_opens_one_order(payment: Paying) -> None:
    told = await payment.enrol()

    await payment.service.deliver(told)
    await payment.service.handled("payment.follow_enrolments", 2)

    assert await payment.service.fetchval("SELECT count(*) FROM orders") == 1


async def test_an_end_closes_an_unpaid_order_with_its_reason(payment: Paying) -> None:
    lapsed, left, cancelled = [await payment.enrol() for _ in range(3)]
    now = payment.service.clock.now()
    await payment.service.deliver(
        EnrolmentLapsed(**about(lapsed, 2), why="not_paid", lapsed_at=now),
        WithdrawalSubmitted(
            **about(left, 2),
            withdrawal_id=uuid4(),
            reason="time",
            submitted_at=now,
            was_confirmed=False,
            fee_minor=0,
            kept_minor=0,
            currency="EUR",
        ),
        EnrolmentCancelled(
            **about(cancelled, 2), was_confirmed=False, refund_minor=0, currency="EUR"
        ),
    )

    closed = [await payment.order_is(each, "closed") for each in (lapsed, left, cancelled)]

    assert [each["closed_why"] for each in closed] == ["lapsed", "withdrawn", "cancelled"]
    assert {each["owed_minor"] for each in closed} == {0}


async def test_an_end_that_is_told_before_the_beginning_closes_the_order_at_once(
    payment: Paying,
) -> None:
    told = requested()
    await payment.service.deliver(
        EnrolmentLapsed(**about(told, 2), why="not_paid", lapsed_at=payment.service.clock.now())
    )
    await payment.service.handled("payment.follow_enrolments")

    await payment.service.deliver(told)

    assert (await payment.order_is(told, "closed"))["closed_why"] == "lapsed"


async def test_an_order_is_opened_again_by_a_later_request_only(payment: Paying) -> None:
    told = await payment.enrol()
    await payment.service.deliver(
        EnrolmentLapsed(**about(told, 2), why="not_paid", lapsed_at=payment.service.clock.now())
    )
    await payment.order_is(told, "closed")
    await payment.service.deliver(told)
    await payment.service.handled("payment.follow_enrolments", 3)
    assert (await payment.order(told))["state"] == "closed"

    again = requested(**about(told, 4), held_until=LATER)
    await payment.service.deliver(again)

    order = await payment.order_is(told, "open")
    assert (order["pay_before"], order["closed_why"]) == ("2027-03-11T13:30:00Z", None)
    assert await payment.service.fetchval("SELECT count(*) FROM orders") == 1


async def test_an_end_of_an_earlier_version_leaves_a_reopened_order_alone(
    payment: Paying,
) -> None:
    told = await payment.enrol(version=3)

    await payment.service.deliver(
        EnrolmentLapsed(**about(told, 2), why="not_paid", lapsed_at=payment.service.clock.now())
    )
    await payment.service.handled("payment.follow_enrolments", 2)

    assert (await payment.order(told))["state"] == "open"
