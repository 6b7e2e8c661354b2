"""The stream of an order: whose it is sees it paid, nobody else sees it at all."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from tests.support.paying import FINANCE, Paying
from tests.support.people import bearer
from tests.support.streaming import at_a_port, listening

ORDERS = "/v1/orders/stream"


@pytest.fixture
async def http(payment: Paying) -> AsyncIterator[httpx.AsyncClient]:
    async with at_a_port(payment.service) as http:
        yield http


async def test_a_learner_sees_that_the_payment_arrived(
    payment: Paying, http: httpx.AsyncClient
) -> None:
    told = await payment.enrol()
    started = await payment.start(told)
    order = await payment.order(told)

    async with listening(
        http, ORDERS, order["order_id"], headers=bearer(told.learner_id)
    ) as events:
        name, before = await events.next()
        await payment.choose(started)
        _, after = await events.next()

    assert (name, before["state"], before["owed_minor"]) == ("order", "open", 19500)
    assert before["payments"][0]["checkout_url"] == started.json()["checkout_url"]
    assert (after["state"], after["owed_minor"]) == ("paid", 0)
    assert after == await payment.order(told)


async def test_a_learner_sees_that_a_payment_was_broken_off(
    payment: Paying, http: httpx.AsyncClient
) -> None:
    told = await payment.enrol()
    started = await payment.start(told)
    order = await payment.order(told)

    async with listening(
        http, ORDERS, order["order_id"], headers=bearer(told.learner_id)
    ) as events:
        await events.next()
        await payment.choose(started, "canceled")
        _, after = await events.next()

    assert after["payments"][0]["state"] == "canceled"


async def test_what_is_somebody_elses_to_pay_is_there_for_finance_only(
    payment: Paying, http: httpx.AsyncClient
) -> None:
    told, other = await payment.enrol(), await payment.enrol()
    ids = [(await payment.order(each))["order_id"] for each in (told, other)]

    foreign = await http.get(ORDERS, params={"ids": ids}, headers=bearer(told.learner_id))
    unknown = await http.get(ORDERS, params={"ids": str(uuid4())}, headers=bearer(told.learner_id))
    nobody = await http.get(ORDERS, params={"ids": ids})
    async with listening(http, ORDERS, *ids, headers=bearer(FINANCE, "finance")) as events:
        seen = {(await events.next())[1]["order_id"] for _ in range(2)}

    assert (foreign.status_code, unknown.status_code, nobody.status_code) == (404, 404, 401)
    assert seen == set(ids)


async def test_streams_end_when_the_process_is_asked_to(payment: Paying) -> None:
    told = await payment.enrol()
    order = await payment.order(told)

    async with (
        at_a_port(payment.service) as http,
        listening(http, ORDERS, order["order_id"], headers=bearer(told.learner_id)) as events,
    ):
        await events.next()
        payment.service.parts.stopping.set()

        assert await events.ends()
